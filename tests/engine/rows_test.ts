import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { gelu, geluSlope, silu, siluSlope } from "../oracle/exp_erf.ts";
import { f32 } from "../oracle/float_bits.ts";
import { layerNorm, layerNormBackward } from "../oracle/layernorm.ts";
import * as precise from "../oracle/precise.ts";
import { columnSums, dotRow, largest, sumRow } from "../oracle/reduce.ts";
import { rmsNorm, rmsNormBackward } from "../oracle/rmsnorm.ts";
import { rotate } from "../oracle/rotary.ts";
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

describe("SwiGLU", () => {
  it("equals the oracle forward, keeping both biased inputs, and backward", () => {
    for (const [rows, n] of SHAPES) {
      const [gate, up, dy] = [31, 32, 33].map((seed) => noise(rows * n, seed, 4));
      const gateBias = noise(n, 34, 3), upBias = noise(n, 35, 3);
      const got = bench.scope(() => {
        const [g, u, d] = [gate, up, dy].map((values) => bench.put(values));
        const first = bench.room(rows * n), again = bench.room(rows * n);
        const take = (...pointers: number[]) => pointers.map((p) => bench.take(p, rows * n));
        kernels.swiGlu(first, g, u, bench.put(gateBias), bench.put(upBias), 0, rows, n);
        const forward = take(first, g, u);
        kernels.swiGluBackward(again, g, u, d, rows * n);
        return [...forward, ...take(again, g, u)];
      });
      const g = gate.map((value, i) => f32(value + gateBias[i % n]));
      const u = up.map((value, i) => f32(value + upBias[i % n]));
      const y = g.map((value, i) => f32(silu(value) * u[i]));
      const dGate = dy.map((d, i) => f32(f32(d * u[i]) * siluSlope(g[i])));
      const dUp = dy.map((d, i) => f32(d * silu(g[i])));
      [y, g, u, y, dGate, dUp].forEach((want, i) => {
        assertSameBits(got[i], want, `${["y", "gate", "up", "y again", "dgate", "dup"][i]}`);
      });
    }
  });

  it("touches only the rows it is given", () => {
    const [n, rows] = [8, 5];
    const gate = noise(rows * n, 36), zeros = new Float32Array(n);
    const got = bench.scope(() => {
      const y = bench.put(gate), g = bench.put(gate), z = bench.put(zeros);
      kernels.swiGlu(y, g, g, z, z, 2, 4, n);
      return bench.take(y, rows * n);
    });
    const inside = (i: number) => i >= 2 * n && i < 4 * n;
    assertSameBits(got, gate.map((v, i) => inside(i) ? f32(silu(v) * v) : v), "rows 2 and 3");
  });
});

describe("rotary positions", () => {
  // Heads of 4, 12 and 20 columns have pairs beyond whole vectors.
  for (const [heads, hd, base] of [[1, 4, 10_000], [3, 8, 10_000], [2, 12, 500_000], [1, 20, 2]]) {
    it(`turn heads of ${hd} columns as the oracle does, and back, base ${base}`, () => {
      const width = heads * hd, rows = 9, T = 7;
      const x = noise(rows * width, 37, 4), places = ids(rows, 38, T);
      const [there, back, some] = bench.scope(() => {
        const table = bench.scratch(4 * T * hd), positions = bench.putInts(places);
        kernels.rotaryTable(table, T, hd, base);
        const pointers = [0, 1, 2].map(() => bench.put(x));
        for (let h = 0; h < heads; h++) {
          kernels.rotate(
            pointers[0],
            table,
            positions,
            0,
            rows,
            width,
            hd,
            h * hd,
            h * hd + hd,
            false,
          );
        }
        kernels.rotate(pointers[1], table, positions, 0, rows, width, hd, 0, width, true);
        kernels.rotate(pointers[2], table, positions, 3, 6, width, hd, 0, hd, false);
        return pointers.map((pointer) => bench.take(pointer, rows * width));
      });
      const shape = { width, hd, base, positionOf: (row: number) => places[row] };
      const want = rotate(x, shape);
      assertSameBits(there, want, "forward");
      assertSameBits(back, rotate(x, shape, true), "back");
      const inside = (i: number) => i >= 3 * width && i < 6 * width && i % width < hd;
      assertSameBits(some, x.map((value, i) => inside(i) ? want[i] : value), "rows 3 to 5, head 0");
    });
  }

  it("have a table within 0.51 ULP of 1 of the true cosines and sines, far out too", () => {
    const T = 65_536, hd = 8, base = 10_000;
    const table = bench.scope(() => {
      const pointer = bench.room(T * hd);
      kernels.rotaryTable(pointer, T, hd, base);
      return bench.take(pointer, T * hd);
    });
    const { fixed, log, exp, times, cos, sin, PI, ulps } = precise;
    for (let i = 0; i < hd / 2; i++) {
      const frequency = exp(-log(fixed(base)) * BigInt(i) / BigInt(hd / 2));
      for (let p = 0; p < T; p += 173) {
        const angle = times(fixed(p), frequency) % (2n * PI);
        const [c, s] = [table[p * hd + i], table[p * hd + hd / 2 + i]];
        const error = Math.max(ulps(c, cos(angle), 24, -24), ulps(s, sin(angle), 24, -24));
        assert.ok(error <= 0.51, `${error} at position ${p}, pair ${i}`);
      }
    }
  });

  it("do nothing at position 0", () => {
    const x = noise(8, 39).map((value) => value || 1);
    const got = bench.scope(() => {
      const table = bench.scratch(4 * 8),
        positions = bench.putInts(new Int32Array(1)),
        p = bench.put(x);
      kernels.rotaryTable(table, 1, 8, 10_000);
      kernels.rotate(p, table, positions, 0, 1, 8, 8, 0, 8, false);
      return bench.take(p, 8);
    });
    assertSameBits(got, x, "unturned");
  });
});

describe("look-ups without positions", () => {
  it("copy rows of the table", () => {
    for (const [rows, n] of SHAPES) {
      const table = noise(7 * n, 40), tokens = ids(rows, 41, 7);
      const got = bench.scope(() => {
        const x = bench.room(rows * n);
        kernels.lookUp(x, bench.put(table), bench.putInts(tokens), 0, rows, n);
        return bench.take(x, rows * n);
      });
      const want = got.map((_, i) => table[tokens[Math.floor(i / n)] * n + i % n]);
      assertSameBits(got, want, `${rows} rows of ${n}`);
    }
  });
});

describe("RMS norm", () => {
  it("equals the oracle forward, again from its kept statistics, and without keeping them", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 42), gain = noise(n, 43), bias = noise(n, 44);
      const outputs = bench.scope(() => {
        const [first, second, third] = [0, 1, 2].map(() => bench.room(rows * n));
        const px = bench.put(x), pg = bench.put(gain), pb = bench.put(bias);
        const stats = bench.scratch(8 * rows);
        kernels.rmsNorm(first, px, pg, pb, stats, 0, rows, n);
        kernels.layerNormAgain(second, px, pg, pb, stats, 0, rows, n);
        kernels.rmsNorm(third, px, pg, pb, 0, 0, rows, n);
        return [first, second, third].map((pointer) => bench.take(pointer, rows * n));
      });
      const want = rmsNorm(x, gain, bias);
      for (const y of outputs) assertSameBits(y, want, `RMS norm ${rows}×${n}`);
    }
  });

  it("equals the oracle backward, alone and added to the residual's gradient", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 45), gain = noise(n, 46), dy = noise(rows * n, 47);
      const residual = noise(rows * n, 48);
      const [dx, added, dGain] = bench.scope(() => {
        const [px, pg, pd] = [x, gain, dy].map((values) => bench.put(values));
        const stats = bench.scratch(8 * rows), scratch = bench.scratch(8 * n);
        const alone = bench.room(rows * n), more = bench.put(residual), pdg = bench.room(n);
        kernels.rmsNorm(alone, px, pg, pg, stats, 0, rows, n);
        kernels.rmsNormBackward(alone, pd, px, pg, stats, 0, rows, n, false, scratch);
        kernels.rmsNormBackward(more, pd, px, pg, stats, 0, rows, n, true, scratch);
        // In two parts, as micro-batches would; the first may be empty.
        const cut = rows >> 1;
        for (const [c0, c1] of halves(n)) {
          kernels.normGain(pdg, pd, px, stats, cut, n, c0, c1, false);
          const [d, at, kept] = [pd + 4 * cut * n, px + 4 * cut * n, stats + 8 * cut];
          kernels.normGain(pdg, d, at, kept, rows - cut, n, c0, c1, true);
        }
        return [bench.take(alone, rows * n), bench.take(more, rows * n), bench.take(pdg, n)];
      });
      const want = rmsNormBackward(dy, x, gain);
      assertSameBits(dx, want.dx, "dx");
      assertSameBits(added, residual.map((value, i) => f32(value + want.dx[i])), "dx added");
      assertSameBits(dGain, want.dGain, "dgain");
    }
  });

  it("leaves a layer norm's gain its gradient where there is no bias", () => {
    for (const [rows, n] of SHAPES) {
      const x = noise(rows * n, 49), gain = noise(n, 50), dy = noise(rows * n, 51);
      const dGain = bench.scope(() => {
        const [px, pg, pd] = [x, gain, dy].map((values) => bench.put(values));
        const stats = bench.scratch(8 * rows), pdg = bench.room(n);
        kernels.layerNorm(bench.room(rows * n), px, pg, pg, stats, 0, rows, n);
        for (const [c0, c1] of halves(n)) {
          kernels.normGain(pdg, pd, px, stats, rows, n, c0, c1, false);
        }
        return bench.take(pdg, n);
      });
      assertSameBits(dGain, layerNormBackward(dy, x, gain).dGain, "dgain");
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
