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

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
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
      if (value !== undefined) params[name] = decode(value);
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
    const exact = this.#static.get(pathname);
    if (exact) return { entry: exact, source: pathname, params: {} };
    for (const { source, entry, match } of this.#patterns) {
      const params = match(pathname);
      if (params) return { entry, source, params };
    }
    return null;
  }
}

/** Segments of a path prefix: `"/a/*"`, `"/a/"` and `"/a"` are `["a"]`; `"*"` and `"/"` are `[]`. */
export function prefixSegments(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== "*");
}

/** Whether `source` lies below the prefix. A `:name` in the prefix stands for any segment. */
export function isBelow(source: string, prefix: readonly string[]): boolean {
  const parts = source.split("/").filter((part) => part !== "");
  return prefix.length <= parts.length &&
    prefix.every((part, i) => part === parts[i] || part.startsWith(":"));
}
