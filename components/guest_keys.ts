// The withdrawal keys of a guest, made in the tab: the board is given their digest. Kept with the
// file until it is submitted, then where the pages of the submission find it.

import { newWithdrawalKey } from "../lib/submissions/withdrawal_key.ts";

const PREFIX = "tinyproof-withdrawal-";
const DAYS = 30;

/** The key for this file: the same one after a reload of the page. */
export function keyFor(sha256: string): string {
  const name = PREFIX + sha256;
  const key = stored(name) ?? newWithdrawalKey();
  try {
    localStorage.setItem(name, key);
  } catch {
    // A browser that keeps nothing has it until the page is left.
  }
  return key;
}

/** Hands the key over to the status page of the entry. */
export function handOver(sha256: string, entryId: string, key: string): void {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `withdrawal=${key}; path=/submissions/${entryId}; ` +
    `max-age=${DAYS * 86_400}; samesite=strict${secure}`;
  localStorage.removeItem(PREFIX + sha256);
}

function stored(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
