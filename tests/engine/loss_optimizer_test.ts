import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { OptimizerConfig, Schedule } from "../../lib/engine/engine.ts";
import { learningRateAt } from "../../lib/engine/schedule.ts";
import { f32 } from "../oracle/float_bits.ts";
import { crossEntropyBackward, meanLoss, negativeLogLikelihood } from "../oracle/loss.ts";
import { adamScalars, adamW, learningRate, sumSquares } from "../oracle/optimizer.ts";
import { initialWeight, keyOf, philox } from "../oracle/random.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSame64, assertSameBits, ids, noise } from "./numbers.ts";

const bench = await kernelBench();
const kernels = bench.kernels;
const ROWS = [0, 1, 3, 17];

describe("cross-entropy", () => {
  for (const V of [4, 12, 16, 20, 64, 68, 256, 260]) {
    it(`and its gradient equal the oracle over a vocabulary of ${V}`, () => {
      for (const rows of ROWS) {
        const logits = noise(rows * V, 1, 5);
        const targets = ids(rows, 2, V).map((target, r) => r % 5 === 4 ? -1 : target);
        const scale = f32(1 / Math.max(1, rows - 1));
        const [nll, alone, gradient] = bench.scope(() => {
          const t = bench.putInts(targets), l = bench.put(logits), again = bench.put(logits);
          const a = bench.room(rows), b = bench.room(rows);
          kernels.crossEntropyBackward(a, l, t, scale, 0, 0, rows, V);
          kernels.negativeLogLikelihood(b, again, t, 0, rows, V);
          return [bench.take(a, rows), bench.take(b, rows), bench.take(l, rows * V)];
        });
        const row = (r: number) => logits.subarray(r * V, (r + 1) * V);
        const want = Float32Array.from(targets, (t, r) => negativeLogLikelihood(row(r), t));
        assertSameBits(nll, want, "loss");
        assertSameBits(alone, want, "likelihood");
        targets.forEach((target, r) => {
          const got = gradient.slice(r * V, (r + 1) * V);
          assertSameBits(got, crossEntropyBackward(row(r), target, scale), `gradient ${r}`);
        });
        const sum = bench.scope(() => kernels.sumFloat64(bench.put(nll), rows));
        assertSame64(sum, meanLoss(want, 1), "sum");
      }
    });
  }
});

describe("z-loss", () => {
  for (const V of [4, 20, 64, 260]) {
    it(`adds its gradient as the oracle does, over a vocabulary of ${V}, and no loss`, () => {
      const rows = 6, scale = f32(1 / 5);
      const logits = noise(rows * V, 8, 4);
      const targets = ids(rows, 3, V).map((target, r) => r === 4 ? -1 : target);
      for (const twoZ of [2e-4, 0.5].map(f32)) {
        const [nll, gradient] = bench.scope(() => {
          const t = bench.putInts(targets), l = bench.put(logits), a = bench.room(rows);
          kernels.crossEntropyBackward(a, l, t, scale, twoZ, 0, rows, V);
          return [bench.take(a, rows), bench.take(l, rows * V)];
        });
        const row = (r: number) => logits.subarray(r * V, (r + 1) * V);
        const plain = Float32Array.from(targets, (t, r) => negativeLogLikelihood(row(r), t));
        assertSameBits(nll, plain, "loss");
        targets.forEach((target, r) => {
          const got = gradient.slice(r * V, (r + 1) * V);
          assertSameBits(got, crossEntropyBackward(row(r), target, scale, twoZ), `gradient ${r}`);
        });
      }
    });
  }

  it("has the gradient of cross-entropy plus coefficient · (log Z)²", () => {
    const V = 8, coefficient = 0.05, target = 3;
    const logits = noise(V, 12, 2);
    const loss = (l: readonly number[]) => {
      const logZ = Math.log(l.reduce((sum, value) => sum + Math.exp(value), 0));
      return logZ - l[target] + coefficient * logZ ** 2;
    };
    const gradient = crossEntropyBackward(logits, target, 1, f32(2 * coefficient));
    gradient.forEach((slope, i) => {
      const at = (change: number) => loss(Array.from(logits, (l, j) => j === i ? l + change : l));
      const difference = (at(1e-5) - at(-1e-5)) / 2e-5;
      assert.ok(Math.abs(slope - difference) < 1e-5, `logit ${i}: ${slope} and ${difference}`);
    });
  });
});

describe("the gradient norm", () => {
  it("squares in binary64 by blocks of 4096", () => {
    for (const n of [0, 4, 12, 16, 20, 4092, 4096, 4100, 9000]) {
      const g = noise(n, 3, 20);
      const got = bench.scope(() => kernels.sumSquares(bench.put(g), n));
      assertSame64(got, sumSquares(g), `${n} squares`);
    }
  });
});

const optimizer = (change: Partial<OptimizerConfig> = {}, schedule: Partial<Schedule> = {}) => ({
  learningRate: 0.003,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  gradClip: 1,
  ...change,
  schedule: { name: "cosine" as const, warmupSteps: 3, minLearningRate: 1e-4, ...schedule },
});

describe("AdamW", () => {
  it("equals the oracle over several steps, clipped or not, decayed or not", () => {
    for (const n of [0, 4, 16, 20, 64, 260]) {
      for (
        const change of [{}, { gradClip: 0 }, { weightDecay: 0 }, { beta1: 0.5, epsilon: 1e-3 }]
      ) {
        const w = noise(n, 4), m = new Float32Array(n), v = new Float32Array(n);
        const [ow, om, ov] = [w, m, v].map((values) => values.slice());
        for (let step = 1; step <= 4; step++) {
          const g = noise(n, 10 + step, 12);
          const s = adamScalars(step, 9, 3.7, optimizer(change));
          const got = bench.scope(() => {
            const [pw, pg, pm, pv] = [w, g, m, v].map((values) => bench.put(values));
            // deno-fmt-ignore
            kernels.adamW(pw, pg, pm, pv, n, s.clip, s.lr, s.beta1, s.beta1c, s.beta2, s.beta2c, s.c1, s.c2, s.epsilon, s.decay);
            return [pw, pm, pv].map((pointer) => bench.take(pointer, n));
          });
          [w, m, v].forEach((values, i) => values.set(got[i]));
          adamW(ow, g, om, ov, s);
          assertSameBits(w, ow, `w at step ${step}`);
          assertSameBits(m, om, `m at step ${step}`);
          assertSameBits(v, ov, `v at step ${step}`);
        }
      }
    }
  });

  it("sets moments below 2^−100 to +0 and keeps 2^−100 itself", () => {
    const s = { ...adamScalars(1, 1, 0, optimizer()), beta1: 1, beta1c: 0, beta2: 1, beta2c: 0 };
    const below = f32(2 ** -100 * (1 - 2 ** -24));
    const m = Float32Array.of(2 ** -100, -below, below, -(2 ** -100));
    const got = bench.scope(() => {
      const [pw, pg, pm, pv] = [noise(4, 1), new Float32Array(4), m, m.map(Math.abs)]
        .map((values) => bench.put(values));
      // deno-fmt-ignore
      kernels.adamW(pw, pg, pm, pv, 4, s.clip, s.lr, s.beta1, s.beta1c, s.beta2, s.beta2c, s.c1, s.c2, s.epsilon, s.decay);
      return [bench.take(pm, 4), bench.take(pv, 4)];
    });
    assertSameBits(got[0], Float32Array.of(2 ** -100, 0, 0, -(2 ** -100)), "m");
    assertSameBits(got[1], Float32Array.of(2 ** -100, 0, 0, 2 ** -100), "v");
  });
});

describe("learning-rate schedules", () => {
  const steps = 20;
  for (const name of ["constant", "linear", "cosine"] as const) {
    it(`${name} equals the oracle at every step`, () => {
      for (const warmupSteps of [0, 1, 3, 20, 30]) {
        const options = optimizer({}, { name, warmupSteps });
        for (let step = 1; step <= steps; step++) {
          const got = learningRateAt(step, steps, options, kernels.cosPi);
          assertSame64(got, learningRate(step, steps, options), `${name} at ${step}`);
        }
      }
    });
  }

  it("wsd equals the oracle at every step", () => {
    for (const [warmupSteps, decaySteps] of [[0, 1], [3, 5], [3, 17], [0, 20], [19, 1]]) {
      const options = optimizer({}, { name: "wsd", warmupSteps, decaySteps });
      for (let step = 1; step <= steps; step++) {
        const got = learningRateAt(step, steps, options, kernels.cosPi);
        assertSame64(got, learningRate(step, steps, options), `step ${step}`);
      }
    }
  });

  it("wsd keeps the peak until its last decaySteps, then falls in a straight line", () => {
    const options = optimizer({ learningRate: 0.5 }, {
      name: "wsd",
      warmupSteps: 2,
      decaySteps: 4,
      minLearningRate: 0.25,
    });
    const rates = Array.from(
      { length: 8 },
      (_, i) => learningRateAt(i + 1, 8, options, kernels.cosPi),
    );
    assert.deepEqual(rates, [0.25, 0.5, 0.5, 0.5, 0.4375, 0.375, 0.3125, 0.25]);
  });

  it("end at the least rate, having started from the first share of the peak", () => {
    for (const name of ["linear", "cosine"] as const) {
      const options = optimizer({}, { name, warmupSteps: 4 });
      assert.equal(learningRateAt(1, steps, options, kernels.cosPi), 0.003 / 4);
      assert.equal(learningRateAt(4, steps, options, kernels.cosPi), 0.003);
      const last = learningRateAt(steps, steps, options, kernels.cosPi);
      assert.ok(Math.abs(last - 1e-4) < 1e-15, `${name} ends at ${last}`);
    }
  });
});

describe("random numbers", () => {
  it("are those of the published Philox4x32-10 answers", () => {
    const ones = 0xffffffff;
    const published: [[number, number], number[], number[]][] = [
      [[0, 0], [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
      [[ones, ones], [ones, ones, ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
      [[0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1,
      ]],
    ];
    for (const [key, counter, want] of published) {
      assert.deepEqual(philox(key, counter), want);
      const [c0, c1, c2, c3] = counter;
      const got = bench.scope(() => {
        const out = bench.room(4);
        kernels.philox(out, ...key, c0, c1, c2, c3);
        return bench.take(out, 4);
      });
      assert.deepEqual([...new Uint32Array(got.buffer)], want);
    }
  });

  it("give initial weights by their number in the seed's stream, wherever a fill begins", () => {
    for (const seed of [0, 7, 2 ** 33 + 5, Number.MAX_SAFE_INTEGER]) {
      for (const [first, n] of [[0, 0], [0, 1], [1, 3], [2, 9], [3, 4], [1000, 33]]) {
        const got = bench.scope(() => {
          const x = bench.room(n);
          kernels.fillNormal(x, n, first, 0.02, ...keyOf(seed), bench.scratch(16));
          return bench.take(x, n);
        });
        const want = Float32Array.from(got, (_, i) => initialWeight(seed, first + i, 0.02));
        assertSameBits(got, want, `${n} from ${first}`);
      }
    }
  });

  it("have the mean, spread and fourth moment of a normal distribution", () => {
    const n = 40000;
    const x = bench.scope(() => {
      const pointer = bench.room(n);
      kernels.fillNormal(pointer, n, 0, 1, 12345, 0, bench.scratch(16));
      return bench.take(pointer, n);
    });
    const moment = (power: number) => x.reduce((sum, value) => sum + value ** power, 0) / n;
    assert.ok(Math.abs(moment(1)) < 0.02, `mean ${moment(1)}`);
    assert.ok(Math.abs(moment(2) - 1) < 0.03, `variance ${moment(2)}`);
    assert.ok(Math.abs(moment(4) - 3) < 0.2, `fourth moment ${moment(4)}`);
  });
});
