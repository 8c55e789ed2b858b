// The key by which a guest proves an entry to be theirs. Whoever sends the entry may make it: the
// board needs its digest only.

import { toHex, utf8 } from "../bytes.ts";
import { sha256Now } from "../hash.ts";

const KEY = /^[0-9a-f]{32}$/;

/** 128 random bits, hexadecimal. */
export function newWithdrawalKey(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** What the board keeps; null for what is no key. */
export function withdrawalDigest(key: string): string | null {
  return KEY.test(key) ? toHex(sha256Now(utf8("withdrawal/v1"), utf8(key))) : null;
}
