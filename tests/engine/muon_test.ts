import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { byMuon } from "../../lib/engine/parameters.ts";
import { tensorSpecs } from "../../lib/format/config.ts";
import { f32 } from "../oracle/float_bits.ts";
import { muon, orthogonalise } from "../oracle/muon.ts";
import { testEngine } from "../support/engine.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, noise } from "./numbers.ts";
import { batchOf, OPTIMIZER, run } from "./runs.ts";

const bench = await kernelBench();
const kernels = bench.kernels;
const COUNTS = [0, 4, 12, 16, 20, 260];

describe("Muon's kernels", () => {
  it("look ahead along the momentum, which leaves out what is below 2^−100", () => {
    const [clip, mu, muc] = [0.37, 0.95, 1 - 0.95].map(f32);
    for (const n of COUNTS) {
      const g = noise(n, 41, 110), m = noise(n, 42, 110);
      const [ahead, moment] = bench.scope(() => {
        const [pg, pm] = [g, m].map((values) => bench.put(values));
        kernels.muonMomentum(pg, pm, n, clip, mu, muc);
        return [bench.take(pg, n), bench.take(pm, n)];
      });
      const fresh = g.map((value) => f32(muc * f32(value * clip)));
      const want = m.map((value, i) => {
        const sum = f32(f32(mu * value) + fresh[i]);
        return Math.abs(sum) < 2 ** -100 ? 0 : sum;
      });
      assertSameBits(moment, want, "momentum");
      assertSameBits(ahead, want.map((value, i) => f32(fresh[i] + f32(mu * value))), "ahead");
    }
  });

  it("scale, and update weights", () => {
    const [lr, factor, decay] = [0.02, 1.7, 0.1].map(f32);
    for (const n of COUNTS) {
      const u = noise(n, 43), w = noise(n, 44);
      const [scaled, updated] = bench.scope(() => {
        const [pu, pw] = [u, w].map((values) => bench.put(values));
        kernels.muonUpdate(pw, pu, n, lr, factor, decay);
        kernels.scale(pu, n, factor);
        return [bench.take(pu, n), bench.take(pw, n)];
      });
      assertSameBits(scaled, u.map((value) => f32(value * factor)), "scaled");
      const want = w.map((value, i) =>
        f32(value - f32(lr * f32(f32(factor * u[i]) + f32(decay * value))))
      );
      assertSameBits(updated, want, "weights");
    }
  });

  it("blend part of a matrix into part of another", () => {
    const [alpha, beta] = [3.25, -0.7].map(f32);
    for (
      const [rows, n, ldx, ldy] of [[0, 4, 4, 4], [1, 8, 8, 12], [5, 12, 20, 16], [3, 4, 4, 4]]
    ) {
      const x = noise(rows * ldx, 45), y = noise(rows * ldy, 46);
      const got = bench.scope(() => {
        const [px, py] = [x, y].map((values) => bench.put(values));
        kernels.blend(py, ldy, px, ldx, alpha, beta, rows, n);
        return bench.take(py, rows * ldy);
      });
      const want = y.map((value, i) => {
        const row = Math.floor(i / ldy), column = i % ldy;
        if (column >= n) return value;
        return f32(f32(alpha * x[row * ldx + column]) + f32(beta * value));
      });
      assertSameBits(got, want, `${rows}×${n}`);
    }
  });
});

describe("Muon", () => {
  it("brings a matrix near an orthogonal one, whichever side is longer", () => {
    for (const [rows, columns] of [[8, 8], [8, 20], [20, 8], [4, 64]]) {
      const x = Array.from({ length: rows }, (_, r) => noise(columns, 300 + r, 1));
      const norm = Math.sqrt(x.reduce((sum, row) => row.reduce((s, v) => s + v * v, sum), 0));
      const y = orthogonalise(x.map((row) => row.map((value) => f32(value / norm))));
      // Σσ² of a matrix whose singular values are all near 1 is near the length of its smaller side.
      const squares = y.reduce((sum, row) => row.reduce((s, v) => s + v * v, sum), 0);
      const side = Math.min(rows, columns);
      assert.ok(Math.abs(squares / side - 1) < 0.3, `${rows}×${columns}: ${squares / side}`);
    }
  });

  it("treats a matrix and its transpose alike, but for the scale", () => {
    const shape = [12, 20], g = noise(240, 51), m = noise(240, 52);
    const turned = (x: Float32Array, [rows, columns]: number[]) =>
      x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
    const scalars = { clip: 1, momentum: f32(0.9), momentumc: f32(0.1), decay: 0 };
    const moved = (lr: number, of: number[], ...[gradient, moment]: Float32Array[]) => {
      const w = new Float32Array(240);
      muon(w, gradient, moment.slice(), of, { ...scalars, lr });
      return w;
    };
    const wide = moved(1, shape, g, m),
      tall = moved(1, [20, 12], turned(g, shape), turned(m, shape));
    const scale = f32(Math.sqrt(20 / 12));
    assertSameBits(wide, turned(tall, [20, 12]).map((value) => f32(scale * value)), "both");
  });

  it("leaves the second moment of its tensors at 0 and AdamW's tensors to AdamW", async () => {
    const options = run([1, 8, 2, 5, 12, 16], 2, {
      optimizer: { ...OPTIMIZER, muon: { learningRate: 0.02, momentum: 0.9 } },
    });
    const engine = await testEngine();
    const trainer = await engine.createTrainer(options);
    const plain = await engine.createTrainer({ ...options, optimizer: OPTIMIZER });
    await trainer.trainStep(batchOf(options, 0));
    await plain.trainStep(batchOf(options, 0));
    const got = trainer.state(), adam = plain.state();
    for (const spec of tensorSpecs(options.config)) {
      const part = (flat: Float32Array) => flat.subarray(spec.offset, spec.offset + spec.size);
      if (byMuon(spec)) {
        assertSameBits(part(got.v), new Float32Array(spec.size), `${spec.name}: v`);
        assert.notDeepEqual(part(got.weights), part(adam.weights));
      } else {
        assertSameBits(part(got.weights), part(adam.weights), spec.name);
        assertSameBits(part(got.v), part(adam.v), `${spec.name}: v`);
      }
    }
  });
});
