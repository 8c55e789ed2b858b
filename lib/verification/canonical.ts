// Canonical JSON (RFC 8785) and its SHA-256: one text, one digest for one document.

import canonicalize from "canonicalize";
import { utf8 } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";

/** @throws {TypeError} when `value` has no JSON text (undefined, functions, NaN). */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Expected a JSON value, got one without JSON text");
  return text;
}

/** SHA-256 of the canonical text in UTF-8, hexadecimal. */
export function canonicalDigest(value: unknown): Promise<string> {
  return sha256Hex(utf8(canonicalJson(value)));
}
