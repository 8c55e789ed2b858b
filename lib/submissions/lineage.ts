// How people and files name the entry a model goes on from. Knows no database.

/** What a text may mean: the id of an entry, or the SHA-256 of its weights or file. */
export type Reference = { id: string } | { digest: string };

const DIGEST = /^[0-9a-f]{64}$/;
const ID = /^[\w-]{1,64}$/;

/** No address of a model is longer; a header may hold megabytes. */
const LONGEST = 500;

/** Reads an id, a digest, or the address of a model's page; null for anything else. */
export function parseReference(text: string): Reference | null {
  if (text.length > LONGEST) return null;
  const name = text.trim().replace(/[?#].*$/, "").replace(/\/+$/, "").split("/").at(-1) ?? "";
  if (DIGEST.test(name.toLowerCase())) return { digest: name.toLowerCase() };
  return ID.test(name) ? { id: name } : null;
}

/** What the header of a file says it was forked from, or null. It may say anything. */
export function declaredFork(header: Record<string, unknown>): string | null {
  const { forkOf } = header;
  return typeof forkOf === "string" && parseReference(forkOf) !== null ? forkOf : null;
}
