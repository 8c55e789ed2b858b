import { describe, it } from "@std/testing/bdd";
import { attention, attentionBackward, softmax } from "../oracle/attention.ts";
import { f32 } from "../oracle/float_bits.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, noise } from "./numbers.ts";

const bench = await kernelBench();
const kernels = bench.kernels;

/** T, C, heads. 257 keys cross a pass of 256 terms and two blocks of 128 rows. */
const SHAPES: [number, number, number][] = [
  ...[1, 3, 4, 5, 15, 16, 17, 63, 64, 65].map((T) => [T, 24, 2] as [number, number, number]),
  [5, 4, 1],
  [9, 40, 2],
  [33, 64, 1],
  [130, 8, 2],
  [257, 8, 2],
];

function shapeOf([T, C, heads]: [number, number, number]) {
  return { T, C, heads, scale: f32(1 / Math.sqrt(C / heads)) };
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
    const [T, C, heads] = shape;
    it(`equals the oracle forward and backward for ${T} positions, width ${C}, ${heads} heads`, () => {
      const options = shapeOf(shape), size = T * C, ldp = Math.ceil(T / 4) * 4;
      const [q, k, v, dout] = [1, 2, 3, 4].map((seed) => noise(size, seed, 2));
      const got = bench.scope(() => {
        const inputs = [q, k, v].map((values) => bench.put(values));
        const [o, dq, dk, dv] = [0, 1, 2, 3].map(() => bench.room(size));
        // Rubbish in the score matrices: nothing above the diagonal may count.
        const [p, dp] = [0, 1].map(() => bench.room(T * ldp));
        const scratch = bench.scratch(scratchBytes(T, C));
        const [pq, pk, pv] = inputs;
        for (const [h0, h1] of [[0, 1], [1, heads]]) {
          // deno-fmt-ignore
          kernels.attention(o, pq, pk, pv, T, C, C / heads, h0, h1, options.scale, p, scratch);
        }
        const pd = bench.put(dout);
        for (const [h0, h1] of [[1, heads], [0, 1]]) {
          // deno-fmt-ignore
          kernels.attentionBackward(dq, dk, dv, pd, pq, pk, pv, T, C, C / heads, h0, h1, options.scale, p, dp, scratch);
        }
        return [o, dq, dk, dv].map((pointer) => bench.take(pointer, size));
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
  it("gives every row of several sequences the bits of the whole sequence at once", () => {
    for (const T of [1, 5, 31, 32, 33, 65]) {
      const sequences = 3, C = 24, heads = 2, perSequence = Math.ceil(T / 32);
      const options = shapeOf([T, C, heads]);
      const parts = [0, 1, 2].map((s) => [1, 2, 3].map((seed) => noise(T * C, 10 * s + seed, 2)));
      const rows = sequences * T;
      // Row r is position r div 3 of sequence r mod 3: sequences interleave.
      const gather = (part: number) =>
        Float32Array.from({ length: rows * C }, (_, i) => {
          const r = Math.floor(i / C);
          return parts[r % sequences][part][Math.floor(r / sequences) * C + i % C];
        });
      const got = bench.scope(() => {
        const o = bench.room(rows * C),
          [q, k, v] = [0, 1, 2].map((part) => bench.put(gather(part)));
        const size = 4 * 32 * C * sequences * perSequence;
        const keys = bench.scratch(size), values = bench.scratch(size);
        // Pages in another order than their sequences.
        const pages = bench.putInts(
          Int32Array.from({ length: sequences * perSequence }, (_, i) => i).reverse(),
        );
        const which = bench.putInts(Int32Array.from({ length: rows }, (_, r) => r % sequences));
        const at = bench.putInts(
          Int32Array.from({ length: rows }, (_, r) => Math.floor(r / sequences)),
        );
        const scores = bench.scratch(4 * 32 * perSequence), hd = C / heads;
        for (const h of [0, 1]) {
          // deno-fmt-ignore
          kernels.cacheWrite(keys, values, pages, perSequence, k, v, which, at, rows, C, hd * h, hd * (h + 1));
          // deno-fmt-ignore
          kernels.attendCached(o, q, keys, values, pages, perSequence, which, at, 0, rows, C, hd, h, h + 1, options.scale, scores);
        }
        return bench.take(o, rows * C);
      });
      parts.forEach(([q, k, v], s) => {
        const want = attention(q, k, v, options);
        const mine = want.map((_, i) => got[(Math.floor(i / C) * sequences + s) * C + i % C]);
        assertSameBits(mine, want, `sequence ${s} of ${T}`);
      });
    }
  });
});
