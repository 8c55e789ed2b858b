// The most that strict 128-bit multiplications and additions give: six chains of each, no memory.
// Compiled by bench/roofline.ts with the options of the engine, never shipped.

/** 48 operations per turn. Operands come from memory at 0, so that nothing is known beforehand. */
export function peak(turns: i32): f32 {
  const x = v128.load(0);
  let m0 = v128.load(16), m1 = v128.load(32), m2 = v128.load(48);
  let m3 = v128.load(64), m4 = v128.load(80), m5 = v128.load(96);
  let s0 = x, s1 = x, s2 = x, s3 = x, s4 = x, s5 = x;
  for (let i = 0; i < turns; i++) {
    m0 = f32x4.mul(m0, x); s0 = f32x4.add(s0, m0);
    m1 = f32x4.mul(m1, x); s1 = f32x4.add(s1, m1);
    m2 = f32x4.mul(m2, x); s2 = f32x4.add(s2, m2);
    m3 = f32x4.mul(m3, x); s3 = f32x4.add(s3, m3);
    m4 = f32x4.mul(m4, x); s4 = f32x4.add(s4, m4);
    m5 = f32x4.mul(m5, x); s5 = f32x4.add(s5, m5);
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5));
  return f32x4.extract_lane(sum, 0);
}
