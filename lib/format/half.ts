// IEEE 754 binary16 <-> binary32, on bit patterns, exact. Knows nothing of files or tensors.

/** Every binary16 as binary32; 256 KiB, built at first use: a load is faster than the shifts. */
let halfTable: Uint32Array | null = null;

/** The binary32 bits with the value of binary16 `half`; NaN payloads and signs are kept. */
export function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  if (mantissa === 0) return sign >>> 0;
  // Subnormal: mantissa · 2^-24 with its leading bit at position p is 2^(p - 24) · 1.xxx.
  const p = 31 - Math.clz32(mantissa);
  return (sign | ((p + 103) << 23) | ((mantissa << (23 - p)) & 0x7fffff)) >>> 0;
}

/** The binary16 nearest to the binary32 `bits`, ties to even; from 65520 on it is infinity. */
export function floatBitsToHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) {
    const payload = (magnitude >>> 13) & 0x3ff;
    return sign | 0x7c00 | (payload === 0 ? 0x200 : payload);
  }
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65520, halfway to 2^16
  if (magnitude >= 0x38800000) { // 2^-14: a normal binary16
    const rebased = magnitude - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  if (magnitude <= 0x33000000) return sign; // 2^-25 is a tie between 0 and 2^-24; 0 is even
  const shift = 126 - (magnitude >>> 23);
  const significand = (magnitude & 0x7fffff) | 0x800000;
  const kept = significand >>> shift;
  const rest = significand & ((1 << shift) - 1);
  const tie = 1 << (shift - 1);
  const up = rest > tie || (rest === tie && (kept & 1) === 1);
  return sign | (up ? kept + 1 : kept);
}

/**
 * Packs float32 values as little-endian binary16.
 * @param values [n]; values of magnitude 65520 and more become infinities.
 * @returns 2·n bytes.
 */
export function packHalf(values: Float32Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const bytes = new Uint8Array(2 * values.length);
  const halves = new Uint16Array(bytes.buffer);
  for (let i = 0; i < bits.length; i++) halves[i] = floatBitsToHalf(bits[i]);
  return bytes;
}

/**
 * Unpacks little-endian binary16.
 * @param bytes 2·n bytes, at any alignment.
 * @returns [n] float32, exact.
 */
export function unpackHalf(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const table = halfTable ??= buildHalfTable();
  const values = new Float32Array(bytes.length >>> 1);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = table[bytes[2 * i] | (bytes[2 * i + 1] << 8)];
  return values;
}

function buildHalfTable(): Uint32Array {
  const table = new Uint32Array(0x10000);
  for (let half = 0; half < table.length; half++) table[half] = halfToFloatBits(half);
  return table;
}
