// Model files forged for a test: a header or a weight changed, everything else byte for byte.

import { bytesOf, concatBytes, fromUtf8, uint32le, utf8 } from "../../lib/bytes.ts";

/** The bytes before the header: magic, version, header length. */
const PREAMBLE = 12;

// deno-lint-ignore no-explicit-any -- tests reach into any field
type Header = any;

function headerEnd(file: Uint8Array): number {
  return PREAMBLE + new DataView(file.buffer, file.byteOffset).getUint32(8, true);
}

/** The header's JSON object. */
export function headerOf(file: Uint8Array): Header {
  return JSON.parse(fromUtf8(file.subarray(PREAMBLE, headerEnd(file))));
}

/** The file with its header changed in place by `change`. */
export function withHeader(
  file: Uint8Array,
  change: (header: Header) => void,
): Uint8Array<ArrayBuffer> {
  const header = headerOf(file);
  change(header);
  const text = utf8(JSON.stringify(header));
  const state = file.subarray(headerEnd(file));
  return concatBytes([file.subarray(0, 8), uint32le(text.length), text, state]);
}

/** The fp32 file with the lowest bit of one stored value flipped; `index` counts from the first weight. */
export function withFlippedBit(file: Uint8Array, index: number): Uint8Array<ArrayBuffer> {
  const forged = new Uint8Array(file);
  // The state begins with the int32 step.
  forged[headerEnd(file) + 4 + 4 * index] ^= 1;
  return forged;
}

/** The weights of an fp32 file without optimizer state, as stored. */
export function storedWeights(file: Uint8Array): Float32Array {
  const state = file.slice(headerEnd(file) + 4);
  return new Float32Array(bytesOf(state).buffer, 0, state.length / 4);
}
