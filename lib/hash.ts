// SHA-256 over bytes: the same call in Deno and in a browser tab.

import { sha256 as streaming } from "@noble/hashes/sha2.js";
import { concatBytes, toHex } from "./bytes.ts";

/** WebCrypto works on a copy. Beyond this the copy counts, and slower code does without. */
const MOST_COPIED_BYTES = 128 * 2 ** 20;

/** SHA-256 of the parts joined, 32 bytes. Shared memory is copied first: WebCrypto refuses it. */
export async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  if (parts.reduce((sum, { length }) => sum + length, 0) > MOST_COPIED_BYTES) {
    const hash = streaming.create();
    for (const part of parts) hash.update(part);
    return Uint8Array.from(hash.digest());
  }
  const joined = parts.length === 1 && parts[0].buffer instanceof ArrayBuffer
    ? parts[0] as Uint8Array<ArrayBuffer>
    : concatBytes(parts);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

/** SHA-256 of the parts joined, at once: for few bytes where waiting is in the way. */
export function sha256Now(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(streaming(concatBytes(parts)));
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export async function sha256Hex(...parts: Uint8Array[]): Promise<string> {
  return toHex(await sha256(...parts));
}

/** SHA-256 of a stream, hexadecimal, a chunk at a time: of files larger than memory should hold. */
export async function sha256OfStream(stream: ReadableStream<Uint8Array>): Promise<string> {
  const hash = streaming.create();
  const reader = stream.getReader();
  for (let read; !(read = await reader.read()).done;) hash.update(read.value);
  return toHex(hash.digest());
}
