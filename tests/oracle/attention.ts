// Causal attention of one sequence, one element at a time. q, k, v, o [T, C]; a head is a stretch
// of hd columns.

import { exp32 } from "./exp_erf.ts";
import { f32 } from "./float_bits.ts";
import { fold } from "./matrix.ts";
import { dotRow, largest, sumRow } from "./reduce.ts";

/** Softmax of scores·scale: e = exp(s − max), p = e / Σe. */
export function softmax(scores: ArrayLike<number>, scale: number): Float32Array {
  const scaled = Array.from(scores, (score) => f32(score * scale));
  const top = largest(scaled);
  const e = scaled.map((score) => exp32(f32(score - top)));
  const total = sumRow(e);
  return Float32Array.from(e, (value) => f32(value / total));
}

interface Heads {
  T: number;
  C: number;
  heads: number;
  scale: number;
}

/** Probabilities of row t over keys 0..t, for the head whose columns begin at `at`. */
function probabilities(
  q: Float32Array,
  k: Float32Array,
  t: number,
  at: number,
  { C, heads, scale }: Heads,
): Float32Array {
  const scores = Array.from(
    { length: t + 1 },
    (_, j) => fold(0, C / heads, (d) => q[t * C + at + d], (d) => k[j * C + at + d]),
  );
  return softmax(scores, scale);
}

/** o[t] = Σ_j p[t, j]·v[j], j ascending to t. */
export function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  shape: Heads,
): Float32Array {
  const { T, C, heads } = shape;
  const o = new Float32Array(T * C);
  for (let column = 0; column < C; column++) {
    const at = column - column % (C / heads);
    for (let t = 0; t < T; t++) {
      const p = probabilities(q, k, t, at, shape);
      o[t * C + column] = fold(0, t + 1, (j) => p[j], (j) => v[j * C + column]);
    }
  }
  return o;
}

/** dq, dk, dv from do: dS[t, j] = (p·(dP − Σ_j dP·p))·scale with dP[t, j] = Σ_d do[t, d]·v[j, d]. */
export function attentionBackward(
  dout: Float32Array,
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  shape: Heads,
) {
  const { T, C, heads } = shape;
  const hd = C / heads;
  const dq = new Float32Array(T * C), dk = new Float32Array(T * C), dv = new Float32Array(T * C);
  for (let at = 0; at < C; at += hd) {
    const p: Float32Array[] = [], dS: Float32Array[] = [];
    for (let t = 0; t < T; t++) {
      p[t] = probabilities(q, k, t, at, shape);
      const dP = p[t].map((_, j) =>
        fold(0, hd, (d) => dout[t * C + at + d], (d) => v[j * C + at + d])
      );
      const mean = dotRow(p[t], dP);
      dS[t] = p[t].map((value, j) => f32(f32(value * f32(dP[j] - mean)) * shape.scale));
    }
    for (let column = at; column < at + hd; column++) {
      for (let t = 0; t < T; t++) {
        const here = t * C + column;
        dq[here] = fold(0, t + 1, (j) => dS[t][j], (j) => k[j * C + column]);
        dk[here] = fold(t, T, (i) => dS[i][t], (i) => q[i * C + column]);
        dv[here] = fold(t, T, (i) => p[i][t], (i) => dout[i * C + column]);
      }
    }
  }
  return { dq, dk, dv };
}
