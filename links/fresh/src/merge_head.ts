// Brings the head of a page that was navigated to into the one that is open.

/** Script types that hold data and no code. */
function isData(type: string): boolean {
  return !["", "module", "text/javascript", "importmap"].includes(type);
}

function all<E extends Element>(selector: string): E[] {
  return [...document.head.querySelectorAll<E>(selector)];
}

function mergeMeta(meta: HTMLMetaElement): void {
  if (meta.hasAttribute("charset")) return;
  const attribute = meta.name ? "name" : "property";
  const value = meta.getAttribute(attribute);
  const known = all<HTMLMetaElement>("meta").find((one) => one.getAttribute(attribute) === value);
  if (!known) document.head.append(meta);
  else if (known.content !== meta.content) known.content = meta.content;
}

function mergeLink(link: HTMLLinkElement): void {
  if (link.rel === "canonical") {
    const known = all<HTMLLinkElement>('link[rel="canonical"]').at(0);
    if (known) known.href = link.href;
    else document.head.append(link);
  } else if (link.rel === "stylesheet") {
    if (!all<HTMLLinkElement>("link").some((one) => one.href === link.href)) {
      document.head.append(link);
    }
  }
}

function mergeScript(script: HTMLScriptElement): void {
  if (!isData(script.type)) return;
  const known = all<HTMLScriptElement>("script").find((one) =>
    one.type === script.type &&
    (script.id ? one.id === script.id : one.textContent === script.textContent)
  );
  if (!known) document.head.append(script);
  else if (known.textContent !== script.textContent) known.textContent = script.textContent;
}

/** Title, meta, style sheets, styles and data scripts; what is there already stays. */
export function mergeHead(page: Document): void {
  if (page.title) document.title = page.title;
  for (const element of [...page.head.children]) {
    if (element instanceof HTMLMetaElement) mergeMeta(element);
    else if (element instanceof HTMLLinkElement) mergeLink(element);
    else if (element instanceof HTMLScriptElement) mergeScript(element);
    else if (element instanceof HTMLStyleElement && element.id === "") {
      const known = all("style").some((one) => one.textContent === element.textContent);
      if (!known) document.head.append(element);
    }
  }
}
