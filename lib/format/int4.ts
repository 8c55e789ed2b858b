// Four-bit block packing of weights: one binary16 scale per 64 values. Knows no header.

import type { TensorSpec } from "./config.ts";
import { floatBitsToHalf, packHalf, unpackHalf } from "./half.ts";

/** Values that share a scale. Blocks never span two tensors. */
export const INT4_BLOCK_SIZE = 64;
const BLOCK_BYTES = INT4_BLOCK_SIZE / 2;
/** The nibble that stands for zero; nibbles 1..15 are −7..7 and 0, unused by the packer, is −8. */
const ZERO_NIBBLE = 8;

/** Number of blocks, counting each tensor's partial last block. */
export function int4BlockCount(specs: readonly TensorSpec[]): number {
  return specs.reduce((sum, spec) => sum + Math.ceil(spec.size / INT4_BLOCK_SIZE), 0);
}

/** Byte lengths of the two parts of an int4 state after its step. */
export function int4ByteLengths(specs: readonly TensorSpec[]): { scales: number; packed: number } {
  const blocks = int4BlockCount(specs);
  return { scales: 2 * blocks, packed: BLOCK_BYTES * blocks };
}

/**
 * Packs weights the way the older engine did: all scales as binary16, then all nibbles.
 *
 * The rule was found by packing the fp32 fixture and comparing with the int4 fixture, where it
 * reproduces every byte. Weights are first rounded to binary16; a block's scale is max|w| / 7 in
 * binary64; the nibble is round-half-up(w / scale) + 8 with that unrounded scale; the scale is
 * stored as binary16. (Rounding m / 7 to binary32 on the way changes nothing: a binary fraction
 * over 7 repeats with period three, so it never lies next to a tie.) The fixture has neither
 * all-zero nor partial blocks: here the first gets scale 0 and the second zero bytes as padding,
 * and no reader's values depend on either choice.
 *
 * @param weights flat, in the order of `specs`; finite after rounding to binary16.
 */
export function packInt4(
  weights: Float32Array,
  specs: readonly TensorSpec[],
): Uint8Array<ArrayBuffer> {
  const rounded = unpackHalf(packHalf(weights));
  const { scales: scaleBytes, packed } = int4ByteLengths(specs);
  const bytes = new Uint8Array(scaleBytes + packed);
  const scales = new Uint16Array(bytes.buffer, 0, scaleBytes / 2);
  let block = 0;
  for (const spec of specs) {
    const end = spec.offset + spec.size;
    for (let start = spec.offset; start < end; start += INT4_BLOCK_SIZE) {
      const values = rounded.subarray(start, Math.min(end, start + INT4_BLOCK_SIZE));
      const at = scaleBytes + block * BLOCK_BYTES;
      scales[block++] = packBlock(values, bytes.subarray(at, at + BLOCK_BYTES));
    }
  }
  return bytes;
}

/** Writes one block's nibbles, low nibble first, and returns the bits of its scale. */
function packBlock(values: Float32Array, nibbles: Uint8Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  const scale = largest / 7;
  for (let i = 0; i < values.length; i++) {
    const nibble = ZERO_NIBBLE + (scale === 0 ? 0 : Math.round(values[i] / scale));
    nibbles[i >>> 1] |= nibble << (4 * (i & 1));
  }
  return floatBitsToHalf(bitsOf(scale));
}

function bitsOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0];
}

/**
 * Unpacks what `packInt4` writes: value = (nibble − 8) · scale, exact in float32 since the scale
 * has 11 significant bits and the factor 4.
 * @param bytes exactly the scales and packed bytes of `specs`.
 * @returns flat float32 weights, in the order of `specs`.
 */
export function unpackInt4(
  bytes: Uint8Array,
  specs: readonly TensorSpec[],
): Float32Array<ArrayBuffer> {
  const { scales: scaleBytes } = int4ByteLengths(specs);
  const scales = unpackHalf(bytes.subarray(0, scaleBytes));
  const weights = new Float32Array(specs.reduce((sum, spec) => sum + spec.size, 0));
  let block = 0;
  for (const spec of specs) {
    for (let start = 0; start < spec.size; start += INT4_BLOCK_SIZE) {
      const scale = scales[block];
      const at = scaleBytes + block++ * BLOCK_BYTES;
      const count = Math.min(INT4_BLOCK_SIZE, spec.size - start);
      for (let i = 0; i < count; i++) {
        const nibble = (bytes[at + (i >>> 1)] >>> (4 * (i & 1))) & 15;
        weights[spec.offset + start + i] = (nibble - ZERO_NIBBLE) * scale;
      }
    }
  }
  return weights;
}
