// Any text as XML 1.0 can have it. Knows no format made of it.

/** Without what XML has no way to write (section 2.2), in a reference neither. */
export function xmlCharacters(text: string): string {
  return text.toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "");
}

/** For character data and for attributes. */
export function escapeXml(text: string): string {
  return xmlCharacters(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
