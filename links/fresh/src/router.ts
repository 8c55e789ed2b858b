// Finds the entry for a path. Static paths first, then patterns in the order they were added.

interface Pattern<Entry> {
  source: string;
  entry: Entry;
  match(pathname: string): Record<string, string> | null;
}

export interface Match<Entry> {
  entry: Entry;
  /** The pattern as it was added. */
  source: string;
  params: Record<string, string>;
}

const SIMPLE_PART = /^(?:[^:*{}()?+\\]*|:\w+|:\w+\*|\*)$/;

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Like Fresh: what is reserved in an address (`%2F`, `%3A`) stays as it is. */
function decode(value: string): string {
  try {
    return decodeURI(value);
  } catch {
    return value;
  }
}

function isStatic(source: string): boolean {
  return !/[:*{}()?+\\]/.test(source);
}

/** Patterns of whole segments (`/a/:b`, `/a/:rest*`, `/a/*`) as one expression; null for others. */
function simpleMatcher(source: string): Pattern<unknown>["match"] | null {
  const parts = source.split("/").slice(1);
  const wild = parts.findIndex((part) => part.endsWith("*"));
  if (!parts.every((part) => SIMPLE_PART.test(part))) return null;
  if (wild !== -1 && wild !== parts.length - 1) return null;
  const names: string[] = [];
  const expression = parts.map((part) => {
    if (part === "*") return names.push("0"), "/(.*)";
    if (part.endsWith("*")) return names.push(part.slice(1, -1)), "(?:/(.*))?";
    if (part.startsWith(":")) return names.push(part.slice(1)), "/([^/]+)";
    return `/${escapeRegExp(part)}`;
  }).join("");
  const compiled = new RegExp(`^${expression}$`, "s");
  return (pathname) => {
    const found = compiled.exec(pathname);
    if (!found) return null;
    const params: Record<string, string> = {};
    names.forEach((name, i) => params[name] = decode(found[i + 1] ?? ""));
    return params;
  };
}

function urlPatternMatcher(source: string): Pattern<unknown>["match"] {
  const pattern = new URLPattern({ pathname: source });
  return (pathname) => {
    const found = pattern.exec({ pathname });
    if (!found) return null;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(found.pathname.groups)) {
      params[name] = decode(value ?? "");
    }
    return params;
  };
}

export class Router<Entry> {
  readonly #static = new Map<string, Entry>();
  readonly #patterns: Pattern<Entry>[] = [];

  /** The entry already added for `source`, or the one `make` gives. */
  entry(source: string, make: () => Entry): Entry {
    const known = this.#static.get(source) ??
      this.#patterns.find((pattern) => pattern.source === source)?.entry;
    if (known) return known;
    const entry = make();
    if (isStatic(source)) this.#static.set(source, entry);
    else {
      const match = simpleMatcher(source) ?? urlPatternMatcher(source);
      this.#patterns.push({ source, entry, match });
    }
    return entry;
  }

  match(pathname: string): Match<Entry> | null {
    for (const source of [pathname, withOtherSlash(pathname)]) {
      const entry = this.#static.get(source);
      if (entry) return { entry, source, params: {} };
    }
    for (const { source, entry, match } of this.#patterns) {
      const params = match(pathname);
      if (params) return { entry, source, params };
    }
    return null;
  }
}

/** `/a/` for `/a` and the other way round: either finds the route of the other. */
function withOtherSlash(pathname: string): string {
  if (pathname === "/") return pathname;
  return pathname.endsWith("/") ? pathname.slice(0, -1) : `${pathname}/`;
}

/** `path` below `prefix`: `*` is everything there, and `/` is `prefix` itself. */
export function joinPaths(prefix: string, path: string): string {
  const base = prefix.replace(/\/?\*?$/, "");
  const below = path === "*" ? "/*" : path;
  return base !== "" && below === "/" ? base : base + below;
}
