// JSON as PostgreSQL's jsonb takes it. Knows no table.

/**
 * The JSON text of `value`. jsonb can hold neither U+0000 nor half a surrogate pair, which a model
 * may say and a hostile header may spell: both become U+FFFD.
 */
export function jsonb(value: unknown): string {
  return JSON.stringify(value, (_, inner) => {
    if (typeof inner === "string") return storable(inner);
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, held]) => [storable(key), held]));
  });
}

/** `text` as PostgreSQL can keep it: for columns of text that hold what a model said. */
export function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}
