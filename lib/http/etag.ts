// Entity tags (RFC 9110, 8.8.3): who has an answer already need not get it again.

import { createHash } from "node:crypto";

/** Weak: the same answer is sent compressed and not. */
export function etagOf(body: Uint8Array | string): string {
  return `W/"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`;
}

/** If-None-Match (RFC 9110, 13.1.2), compared weakly. */
export function hasAlready(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match");
  if (known === null) return false;
  const plain = (tag: string) => tag.trim().replace(/^W\//, "");
  return known.trim() === "*" || known.split(",").some((tag) => plain(tag) === plain(etag));
}
