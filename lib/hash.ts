// SHA-256 over bytes through WebCrypto: the same call in Deno and in a browser tab.

import { concatBytes, toHex } from "./bytes.ts";

/** SHA-256 of the parts joined, 32 bytes. Shared memory is copied first: WebCrypto refuses it. */
export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const joined = parts.length === 1 && parts[0].buffer instanceof ArrayBuffer
    ? parts[0] as Uint8Array<ArrayBuffer>
    : concatBytes(parts);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export async function sha256Hex(...parts: Uint8Array[]): Promise<string> {
  return toHex(await sha256(...parts));
}
