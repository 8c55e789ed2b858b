import { describe, it } from "@std/testing/bdd";
import { attention, attentionBackward, softmax } from "../oracle/attention.ts";
import { f32 } from "../oracle/float_bits.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, noise } from "./numbers.ts";

const bench = await kernelBench();
const kernels = bench.kernels;

/** T, C, heads, heads of keys. 257 keys cross a pass of 256 terms and two blocks of 128 rows. */
type Shape = [T: number, C: number, heads: number, kvHeads?: number];
const SHAPES: Shape[] = [
  ...[1, 3, 4, 5, 15, 16, 17, 63, 64, 65].map((T): Shape => [T, 24, 2]),
  [5, 4, 1],
  [9, 40, 2],
  [33, 64, 1],
  [130, 8, 2],
  [257, 8, 2],
  ...[1, 5, 17, 65].map((T): Shape => [T, 48, 6, 2]),
  [19, 40, 5, 1],
  [257, 16, 4, 2],
];

function shapeOf([T, C, heads, kvHeads = heads]: Shape) {
  return { T, C, heads, kvHeads, scale: f32(1 / Math.sqrt(C / heads)) };
}

/** Bytes that the widest product inside attention needs. */
function scratchBytes(T: number, C: number): number {
  return kernels.gemmScratchBytes(Math.max(T, C), Math.max(T, C));
}

describe("softmax", () => {
  it("equals the oracle for every length up to 70, with storage beyond the row set to +0", () => {
    for (let n = 1; n <= 70; n++) {
      const x = noise(n, n, 5);
      const padded = Math.ceil(n / 4) * 4;
      const got = bench.scope(() => {
        const wide = new Float32Array(padded).fill(9);
        wide.set(x);
        const p = bench.put(wide);
        kernels.softmax(p, n, f32(0.3));
        return bench.take(p, padded);
      });
      const want = new Float32Array(padded);
      want.set(softmax(x, f32(0.3)));
      assertSameBits(got, want, `softmax of ${n}`);
    }
  });
});

describe("attention", () => {
  for (const shape of SHAPES) {
    const [T, C, heads] = shape, { kvHeads } = shapeOf(shape);
    it(`equals the oracle forward and backward for ${T} positions, width ${C}, ${heads} heads on ${kvHeads}`, () => {
      const options = shapeOf(shape), ldp = Math.ceil(T / 4) * 4;
      const K = C / heads * kvHeads, group = heads / kvHeads;
      const sizes = [T * C, T * C, T * K, T * K];
      const [q, dout, k, v] = sizes.map((size, seed) => noise(size, seed + 1, 2));
      const got = bench.scope(() => {
        const inputs = [q, k, v].map((values) => bench.put(values));
        const [o, dq, dk, dv] = sizes.map((size) => bench.room(size));
        // Rubbish in the score matrices: nothing above the diagonal may count.
        const [p, dp] = [0, 1].map(() => bench.room(T * ldp));
        const scratch = bench.scratch(scratchBytes(T, C));
        const [pq, pk, pv] = inputs;
        for (const [h0, h1] of [[0, group], [group, heads]]) {
          // deno-fmt-ignore
          kernels.attention(o, pq, pk, pv, T, C, K, C / heads, h0, h1, options.scale, p, scratch);
        }
        const pd = bench.put(dout);
        for (const [h0, h1] of [[group, heads], [0, group]]) {
          // deno-fmt-ignore
          kernels.attentionBackward(dq, dk, dv, pd, pq, pk, pv, T, C, K, C / heads, h0, h1, options.scale, p, dp, scratch);
        }
        return [o, dq, dk, dv].map((pointer, i) => bench.take(pointer, sizes[i]));
      });
      assertSameBits(got[0], attention(q, k, v, options), "o");
      const { dq, dk, dv } = attentionBackward(dout, q, k, v, options);
      assertSameBits(got[1], dq, "dq");
      assertSameBits(got[2], dk, "dk");
      assertSameBits(got[3], dv, "dv");
    });
  }
});

describe("attention over cached keys", () => {
  const SEQUENCES = 3;

  /** Row r is position r div 3 of sequence r mod 3: sequences interleave. */
  function interleaved(parts: Float32Array[], width: number): Float32Array {
    return Float32Array.from({ length: SEQUENCES * parts[0].length }, (_, i) => {
      const r = Math.floor(i / width);
      return parts[r % SEQUENCES][Math.floor(r / SEQUENCES) * width + i % width];
    });
  }

  const lengths = [1, 5, 31, 32, 33, 65];
  for (const shape of [[24, 2, 2], [24, 6, 2], [40, 2, 1]]) {
    const [C, heads, kvHeads] = shape;
    it(`gives every row the bits of the whole sequence at once, ${heads} heads on ${kvHeads}`, () => {
      const hd = C / heads, K = hd * kvHeads, group = heads / kvHeads;
      // A window may begin and end inside pages, and may be wider than the text.
      const cases = lengths.flatMap((T) => [0, 1, 6, 33].map((window) => [T, window]));
      for (const [T, window] of cases) {
        const options = { ...shapeOf([T, C, heads, kvHeads]), window };
        const perSequence = Math.ceil(T / 32), rows = SEQUENCES * T;
        const parts = [C, K, K].map((width, i) =>
          [0, 1, 2].map((s) => noise(T * width, 10 * s + i, 2))
        );
        const got = bench.scope(() => {
          const o = bench.room(rows * C);
          const [q, k, v] = parts.map((part, i) => bench.put(interleaved(part, i ? K : C)));
          const size = 4 * 32 * K * SEQUENCES * perSequence;
          const keys = bench.scratch(size), values = bench.scratch(size);
          const intsOf = (length: number, of: (i: number) => number) =>
            bench.putInts(Int32Array.from({ length }, (_, i) => of(i)));
          // Pages in another order than their sequences.
          const pages = intsOf(SEQUENCES * perSequence, (i) => SEQUENCES * perSequence - 1 - i);
          const which = intsOf(rows, (r) => r % SEQUENCES);
          const at = intsOf(rows, (r) => Math.floor(r / SEQUENCES));
          const scores = bench.scratch(4 * (32 * perSequence + 4));
          for (let g = 0; g < kvHeads; g++) {
            // deno-fmt-ignore
            kernels.cacheWrite(keys, values, pages, perSequence, k, v, which, at, rows, K, hd * g, hd * (g + 1));
            // deno-fmt-ignore
            kernels.attendCached(o, q, keys, values, pages, perSequence, which, at, 0, rows, C, K, hd,
              group * g, group * (g + 1), options.scale, scores, window);
          }
          return bench.take(o, rows * C);
        });
        const want = [0, 1, 2].map((s) => {
          const [q, k, v] = parts.map((part) => part[s]);
          return attention(q, k, v, options);
        });
        assertSameBits(got, interleaved(want, C), `${T} positions, window ${window}`);
      }
    });
  }
});
