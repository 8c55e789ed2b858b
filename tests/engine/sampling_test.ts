import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { SamplingOptions } from "../../lib/engine/engine.ts";
import { argmax, sampleToken } from "../../lib/engine/sampling.ts";
import { sample } from "../oracle/generate.ts";
import { testEngine } from "../support/engine.ts";
import { noise } from "./numbers.ts";

const { math: { exp } } = await testEngine();

const LOGITS = Float32Array.of(1, 3, -2, 2.5, 3, 0, -7, 2);

/** `count` draws at positions 0, 1, 2… of row 0. */
function draws(options: SamplingOptions, count: number, logits = LOGITS): number[] {
  return Array.from({ length: count }, (_, i) => sampleToken(logits, options, 0, i, exp));
}

function shares(tokens: readonly number[]): number[] {
  return Array.from(
    LOGITS,
    (_, id) => tokens.filter((token) => token === id).length / tokens.length,
  );
}

describe("sampling", () => {
  it("is greedy at temperature 0, the lowest id winning ties", () => {
    assert.equal(argmax(LOGITS), 1);
    assert.deepEqual(new Set(draws({ temperature: 0 }, 20)), new Set([1]));
    assert.equal(argmax(new Float32Array(5)), 0);
  });

  it("equals the oracle for every mixture of options", () => {
    for (const seed of [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      for (const temperature of [0, 0.1, 1, 3]) {
        for (const [topK, topP] of [[0, 1], [3, 1], [0, 0.6], [20, 0.95], [1, 0.5], [0, 0]]) {
          const options = { temperature, topK, topP, seed };
          for (let row = 0; row < 6; row++) {
            const logits = noise(32, row, 3);
            const got = sampleToken(logits, options, row, 10 * row, exp);
            assert.equal(got, sample(logits, options, row, 10 * row), JSON.stringify(options));
          }
        }
      }
    }
  });

  it("draws each token as often as its probability says", () => {
    const count = 20_000, temperature = 1.5;
    const mass = Array.from(LOGITS, (logit) => Math.exp(logit / temperature));
    const total = mass.reduce((sum, value) => sum + value);
    shares(draws({ temperature, seed: 4 }, count)).forEach((share, id) => {
      const p = mass[id] / total;
      const deviation = Math.sqrt(p * (1 - p) / count);
      assert.ok(Math.abs(share - p) < 4.5 * deviation + 1e-9, `${id}: ${share} and ${p}`);
    });
  });

  it("keeps to the k likeliest", () => {
    assert.deepEqual(new Set(draws({ temperature: 5, topK: 3 }, 500)), new Set([1, 4, 3]));
    assert.deepEqual(new Set(draws({ temperature: 5, topK: 1 }, 100)), new Set([1]));
    assert.equal(new Set(draws({ temperature: 50, topK: 99 }, 2000)).size, LOGITS.length);
  });

  it("keeps to the smallest likeliest set that reaches p, never to none", () => {
    // At temperature 1 the shares are near .33 .33 .20 .12: two reach 0.6, three 0.7.
    assert.deepEqual(new Set(draws({ temperature: 1, topP: 0.6 }, 500)), new Set([1, 4]));
    assert.deepEqual(new Set(draws({ temperature: 1, topP: 0.7 }, 500)), new Set([1, 4, 3]));
    assert.deepEqual(new Set(draws({ temperature: 1, topP: 0 }, 100)), new Set([1]));
  });

  it("grows bolder with temperature", () => {
    const top = (temperature: number) => shares(draws({ temperature, seed: 2 }, 4000))[1];
    assert.ok(top(0.3) > top(1) && top(1) > top(4));
  });

  it("depends on seed, row and position, and on nothing else", () => {
    const options = { temperature: 2, seed: 8 };
    assert.deepEqual(draws(options, 50), draws(options, 50));
    assert.notDeepEqual(draws(options, 50), draws({ ...options, seed: 9 }, 50));
    const row = (r: number) =>
      Array.from({ length: 50 }, (_, i) => sampleToken(LOGITS, options, r, i, exp));
    assert.notDeepEqual(row(0), row(1));
  });

  it("refuses a seed that is not a non-negative safe integer", () => {
    for (const seed of [-1, 0.5, 2 ** 53]) {
      assert.throws(() => draws({ temperature: 1, seed }, 1), RangeError);
    }
  });
});
