// Numbers as bit patterns, and the host's rounding to binary32 under its short name.

const words = new DataView(new ArrayBuffer(8));

/** Rounds to binary32, ties to even. Around one operation it gives that operation in binary32. */
export const f32 = Math.fround;

/** The binary32 with this pattern. */
export function float32(pattern: number): number {
  words.setUint32(0, pattern);
  return words.getFloat32(0);
}

/** The pattern of a binary32, as int32. */
export function pattern32(value: number): number {
  words.setFloat32(0, value);
  return words.getInt32(0);
}

/** The binary64 with this pattern. */
export function float64(pattern: bigint): number {
  words.setBigUint64(0, pattern);
  return words.getFloat64(0);
}

/** The pattern of a binary64. */
export function pattern64(value: number): bigint {
  words.setFloat64(0, value);
  return words.getBigUint64(0);
}
