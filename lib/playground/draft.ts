// A recipe that is being written: any JSON value, read and changed by dotted paths.

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null;

export function valueAt(draft: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, key) => isTree(value) ? value[key] : undefined,
    draft,
  );
}

/** A copy with `value` at the path; `undefined` takes it out. What is no object on the way becomes one. */
export function withValueAt(draft: unknown, path: string, value: unknown): unknown {
  const [key, ...rest] = path.split(".");
  const copy: Tree = Array.isArray(draft)
    ? [...draft] as unknown as Tree
    : { ...isTree(draft) ? draft : {} };
  const next = rest.length === 0 ? value : withValueAt(copy[key], rest.join("."), value);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}
