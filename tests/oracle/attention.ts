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
  /** Heads of k and v; head h of q uses number ⌊h·kvHeads/heads⌋. */
  kvHeads?: number;
  scale: number;
  /** Keys a row sees, its own included; 0 or nothing is all. */
  window?: number;
}

/** Where head `h` stands: its columns begin at `at` in q and o, at `shared` in k and v. */
function headAt(h: number, { C, heads, kvHeads = heads }: Heads) {
  const hd = C / heads;
  const K = hd * kvHeads;
  return { hd, K, at: h * hd, shared: Math.floor(h * kvHeads / heads) * hd };
}

/** The first key that row t sees. */
export function firstKey(t: number, { window = 0 }: Heads): number {
  return window === 0 ? 0 : Math.max(0, t + 1 - window);
}

/** Probabilities of row t over the keys it sees up to t, for head h. */
export function probabilities(
  q: Float32Array,
  k: Float32Array,
  t: number,
  h: number,
  shape: Heads,
): Float32Array {
  const { hd, K, at, shared } = headAt(h, shape), first = firstKey(t, shape);
  const scores = Array.from(
    { length: t + 1 - first },
    (_, j) => fold(0, hd, (d) => q[t * shape.C + at + d], (d) => k[(first + j) * K + shared + d]),
  );
  return softmax(scores, shape.scale);
}

/** o[t] = Σ_j p[t, j]·v[j], over the keys row t sees, ascending. */
export function attention(
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  shape: Heads,
): Float32Array {
  const { T, C, heads } = shape;
  const o = new Float32Array(T * C);
  for (let h = 0; h < heads; h++) {
    const { hd, K, at, shared } = headAt(h, shape);
    for (let t = 0; t < T; t++) {
      const p = probabilities(q, k, t, h, shape), first = firstKey(t, shape);
      for (let d = 0; d < hd; d++) {
        o[t * C + at + d] = fold(first, t + 1, (j) => p[j - first], (j) => v[j * K + shared + d]);
      }
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
  const dq = new Float32Array(q.length);
  const dk = new Float32Array(k.length), dv = new Float32Array(v.length);
  for (let h = 0; h < heads; h++) {
    const { hd, K, at, shared } = headAt(h, shape);
    const p: Float32Array[] = [], dS: Float32Array[] = [];
    for (let t = 0; t < T; t++) {
      p[t] = probabilities(q, k, t, h, shape);
      const dP = p[t].map((_, j) =>
        fold(0, hd, (d) => dout[t * C + at + d], (d) => v[j * K + shared + d])
      );
      const mean = dotRow(p[t], dP);
      dS[t] = p[t].map((value, j) => f32(f32(value * f32(dP[j] - mean)) * shape.scale));
    }
    for (let t = 0; t < T; t++) {
      for (let d = 0; d < hd; d++) {
        const mine = (row: number) => row * C + at + d,
          theirs = (row: number) => row * K + shared + d;
        dq[mine(t)] = fold(0, t + 1, (j) => dS[t][j], (j) => k[theirs(j)]);
        // Heads that share keys continue one fold, head after head.
        dk[theirs(t)] = fold(t, T, (i) => dS[i][t], (i) => q[mine(i)], dk[theirs(t)]);
        dv[theirs(t)] = fold(t, T, (i) => p[i][t], (i) => dout[mine(i)], dv[theirs(t)]);
      }
    }
  }
  return { dq, dk, dv };
}
