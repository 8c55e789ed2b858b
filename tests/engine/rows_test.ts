import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { gelu, geluSlope } from "../oracle/exp_erf.ts";
import { f32 } from "../oracle/float_bits.ts";
import { layerNorm, layerNormBackward } from "../oracle/layernorm.ts";
import { columnSums, dotRow, largest, sumRow } from "../oracle/reduce.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSame64, assertSameBits, ids, noise } from "./numbers.ts";

const bench = await kernelBench();
const kernels = bench.kernels;

const LENGTHS = [0, 1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 257];
/** Widths of rows are multiples of 4. */
const WIDTHS = [4, 8, 12, 16, 20, 60, 64, 68, 260];
const ROWS = [0, 1, 3, 17];

/** Every shape [rows, n] of the lists above. */
const SHAPES = ROWS.flatMap((rows) => WIDTHS.map((n) => [rows, n] as const));

/** Columns as two threads would split them; the first part of four columns is empty. */
function halves(n: number): [c0: number, c1: number][] {
  const middle = 4 * Math.floor(n / 8);
  return [[0, middle], [middle, n]];
}

describe("row reductions", () => {
  it("sum in sixteen lanes and a halving tree", () => {
    for (const n of LENGTHS) {
      const x = noise(n, 1);
      assertSame64(bench.scope(() => kernels.sum16(bench.put(x), n)), sumRow(x), `sum of ${n}`);
    }
  });

  it("multiply, then sum in the same order", () => {
    for (const n of LENGTHS) {
      const x = noise(n, 2), y = noise(n, 3);
      const got = bench.scope(() => kernels.dot16(bench.put(x), bench.put(y), n));
      assertSame64(got, dotRow(x, y), `dot of ${n}`);
    }
  });

  it("find the largest element wherever it stands", () => {
    for (const n of LENGTHS.filter((n) => n > 0)) {
      for (let at = 0; at < n; at++) {
        const x = noise(n, 4);
        x[at] = 1000;
        assert.equal(bench.scope(() => kernels.rowMax(bench.put(x), n)), 1000);
      }
      const x = noise(n, 5);
      assert.equal(bench.scope(() => kernels.rowMax(bench.put(x), n)), largest(x));
    }
  });

  it("sum columns over rows ascending, at once or going on", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 6), cut = rows >> 1;
      const [got, inParts] = bench.scope(() => {
        const out = bench.room(n), parts = bench.room(n);
        const px = bench.put(x);
        for (const [c0, c1] of halves(n)) {
          kernels.columnSums(out, px, rows, n, c0, c1, false);
          kernels.columnSums(parts, px, cut, n, c0, c1, false);
          kernels.columnSums(parts, px + 4 * cut * n, rows - cut, n, c0, c1, true);
        }
        return [bench.take(out, n), bench.take(parts, n)];
      });
      assertSameBits(got, columnSums(x, rows, n), `column sums ${rows}×${n}`);
      assertSameBits(inParts, got, `column sums ${rows}×${n} in parts`);
    }
  });
});

describe("element-wise kernels", () => {
  it("add a bias, and a projection with its bias to the residual", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 7), y = noise(rows * n, 8), bias = noise(n, 9);
      const [biased, residual] = bench.scope(() => {
        const px = bench.put(x),
          py = bench.put(y),
          pb = bench.put(bias),
          out = bench.room(rows * n);
        kernels.addBiasResidual(out, px, py, pb, 0, rows, n);
        kernels.addBias(py, pb, 0, rows, n);
        return [bench.take(py, rows * n), bench.take(out, rows * n)];
      });
      const branch = y.map((value, i) => f32(value + bias[i % n]));
      assertSameBits(biased, branch, "bias");
      assertSameBits(residual, x.map((value, i) => f32(value + branch[i])), "residual");
    }
  });

  it("touch only the rows they are given", () => {
    const [n, rows] = [8, 5];
    const y = noise(rows * n, 10), bias = noise(n, 11);
    const got = bench.scope(() => {
      const py = bench.put(y);
      kernels.addBias(py, bench.put(bias), 2, 4, n);
      return bench.take(py, rows * n);
    });
    const inside = (i: number) => i >= 2 * n && i < 4 * n;
    assertSameBits(got, y.map((v, i) => inside(i) ? f32(v + bias[i % n]) : v), "rows 2 and 3");
  });

  it("give GELU of the biased input and keep that input", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 12, 4), bias = noise(n, 13, 4);
      const [y, h] = bench.scope(() => {
        const px = bench.put(x), out = bench.room(rows * n);
        kernels.biasGelu(out, px, bench.put(bias), 0, rows, n);
        return [bench.take(out, rows * n), bench.take(px, rows * n)];
      });
      const biased = x.map((value, i) => f32(value + bias[i % n]));
      assertSameBits(h, biased, "biased");
      assertSameBits(y, biased.map(gelu), "gelu");
    }
  });

  it("split GELU of the biased input into value and slope, and multiply", () => {
    for (const [rows, n] of SHAPES) {
      const count = rows * n;
      const x = noise(count, 14, 5), bias = noise(n, 13, 4), factor = noise(count, 15);
      const [y, slope, multiplied] = bench.scope(() => {
        const px = bench.put(x), out = bench.room(count), pf = bench.put(factor);
        kernels.biasGeluSplit(out, px, bench.put(bias), 0, rows, n);
        kernels.multiply(pf, px, count);
        return [out, px, pf].map((pointer) => bench.take(pointer, count));
      });
      const biased = x.map((value, i) => f32(value + bias[i % n]));
      assertSameBits(y, biased.map(gelu), "gelu");
      assertSameBits(slope, biased.map(geluSlope), "slope");
      assertSameBits(multiplied, factor.map((f, i) => f32(f * slope[i])), "product");
    }
  });

  it("look embeddings up, and fold their gradients over rows ascending", () => {
    for (const [rows, n] of SHAPES) {
      const table = noise(7 * n, 16), positions = noise(5 * n, 17), dx = noise(rows * n, 18);
      const tokens = ids(rows, 19, 7), places = ids(rows, 20, 5);
      const [x, grown] = bench.scope(() => {
        const out = bench.room(rows * n), t = bench.put(table), p = bench.put(positions);
        const it = bench.putInts(tokens), ip = bench.putInts(places);
        kernels.embed(out, t, p, it, ip, 0, rows, n);
        const pd = bench.put(dx);
        for (const [c0, c1] of halves(n)) kernels.embedBackward(t, pd, it, rows, n, c0, c1);
        return [bench.take(out, rows * n), bench.take(t, 7 * n)];
      });
      const line = (i: number) => Math.floor(i / n);
      const want = dx.map((_, i) =>
        f32(table[tokens[line(i)] * n + i % n] + positions[places[line(i)] * n + i % n])
      );
      assertSameBits(x, want, "embedding");
      const sums = table.slice();
      dx.forEach((value, i) => {
        const at = tokens[line(i)] * n + i % n;
        sums[at] = f32(sums[at] + value);
      });
      assertSameBits(grown, sums, "embedding gradient");
    }
  });
});

describe("layer norm", () => {
  it("equals the oracle forward, and again from its kept statistics", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 21), gain = noise(n, 22), bias = noise(n, 23);
      const [y, again] = bench.scope(() => {
        const first = bench.room(rows * n), second = bench.room(rows * n);
        const px = bench.put(x), pg = bench.put(gain), pb = bench.put(bias);
        const stats = bench.scratch(8 * rows);
        kernels.layerNorm(first, px, pg, pb, stats, 0, rows, n);
        kernels.layerNormAgain(second, px, pg, pb, stats, 0, rows, n);
        return [first, second].map((pointer) => bench.take(pointer, rows * n));
      });
      assertSameBits(y, layerNorm(x, gain, bias), `layer norm ${rows}×${n}`);
      assertSameBits(again, y, `layer norm again ${rows}×${n}`);
    }
  });

  it("equals the oracle backward, alone and added to the residual's gradient", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 24), gain = noise(n, 25), dy = noise(rows * n, 26);
      const residual = noise(rows * n, 27);
      const [dx, added, dGain, dBias, gainInParts, biasInParts] = bench.scope(() => {
        const px = bench.put(x),
          pg = bench.put(gain),
          pd = bench.put(dy),
          stats = bench.scratch(8 * rows);
        const alone = bench.room(rows * n), more = bench.put(residual);
        const [pdg, pdb, partG, partB] = Array.from({ length: 4 }, () => bench.room(n));
        const scratch = bench.scratch(8 * n);
        kernels.layerNorm(alone, px, pg, pg, stats, 0, rows, n);
        kernels.layerNormBackward(alone, pd, px, pg, stats, 0, rows, n, false, scratch);
        kernels.layerNormBackward(more, pd, px, pg, stats, 0, rows, n, true, scratch);
        for (const [c0, c1] of halves(n)) {
          kernels.layerNormParams(pdg, pdb, pd, px, stats, rows, n, c0, c1, false);
          const cut = rows >> 1, at = 4 * cut * n;
          kernels.layerNormParams(partG, partB, pd, px, stats, cut, n, c0, c1, false);
          // deno-fmt-ignore
          kernels.layerNormParams(partG, partB, pd + at, px + at, stats + 8 * cut, rows - cut, n, c0, c1, true);
        }
        return [
          ...[alone, more].map((pointer) => bench.take(pointer, rows * n)),
          ...[pdg, pdb, partG, partB].map((pointer) => bench.take(pointer, n)),
        ];
      });
      const want = layerNormBackward(dy, x, gain);
      assertSameBits(dx, want.dx, "dx");
      assertSameBits(added, residual.map((value, i) => f32(value + want.dx[i])), "dx added");
      assertSameBits(dGain, want.dGain, "dgain");
      assertSameBits(dBias, want.dBias, "dbias");
      assertSameBits(gainInParts, want.dGain, "dgain in parts");
      assertSameBits(biasInParts, want.dBias, "dbias in parts");
    }
  });
});
