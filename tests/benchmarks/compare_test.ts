import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { compareOutcomes, type Outcome } from "../../lib/benchmarks/compare.ts";
import { CounterRandom } from "../../lib/corpora/philox.ts";

const PPL = { id: "tinystories-ppl", unit: "perplexity per byte" } as const;
const SORT = { id: "sort-6", unit: "%" } as const;

/** 50 stories of 100 to 349 bytes; `nats` is what model and story have in common. */
function stories(nats: (story: number) => number): Outcome[] {
  return Array.from({ length: 50 }, (_, i) => ({ value: nats(i), weight: 100 + 5 * i }));
}

const trials = (right: (trial: number) => boolean): Outcome[] =>
  Array.from({ length: 200 }, (_, i) => ({ value: right(i) ? 1 : 0, weight: 1 }));

/** −0.5..0.5, the same for the same number. */
function noise(n: number): number {
  return new CounterRandom(7, { stream: 99, step: 0, row: n }).next() / 2 ** 32 - 0.5;
}

describe("comparing likelihoods", () => {
  it("sees a small gap that is the same on every story, which two intervals hide", () => {
    const a = stories((i) => 1 + noise(i));
    const b = stories((i) => 1.01 + noise(i) + 0.001 * noise(100 + i));
    const result = compareOutcomes(PPL, a, b);
    assert.equal(result.better, "a");
    assert.ok(Math.abs(result.difference + 0.01) < 1e-3, `${result.difference}`);
    assert.ok(result.interval[0] < result.difference && result.difference < result.interval[1]);
    assert.equal(result.method === "paired bootstrap" && result.shareABetter, 1);
  });

  it("calls a gap inside the noise a tie", () => {
    const a = stories((i) => 1 + noise(i));
    const b = stories((i) => 1.01 + noise(100 + i));
    const result = compareOutcomes(PPL, a, b);
    assert.equal(result.better, null);
    assert.ok(result.interval[0] < 0 && result.interval[1] > 0);
  });

  it("weighs bytes, not stories, and turns round with its arguments", () => {
    const a = [{ value: 1, weight: 1 }, { value: 2, weight: 3 }];
    const b = [{ value: 2, weight: 1 }, { value: 2.5, weight: 3 }];
    assert.equal(compareOutcomes(PPL, a, b).difference, -(1 + 1.5) / 4);
    assert.equal(compareOutcomes(PPL, b, a).difference, (1 + 1.5) / 4);
    assert.equal(compareOutcomes(PPL, a, b).better, "a");
    assert.equal(compareOutcomes(PPL, b, a).better, "b");
  });

  it("finds no difference between a model and itself", () => {
    const a = stories((i) => 1 + noise(i));
    const { difference, interval, better } = compareOutcomes(PPL, a, a);
    assert.deepEqual({ difference, interval, better }, {
      difference: 0,
      interval: [0, 0],
      better: null,
    });
  });
});

describe("comparing accuracies", () => {
  it("tests the trials on which the two differ, whatever they have in common", () => {
    const a = trials((i) => i < 150);
    const b = trials((i) => i >= 6 && i < 150);
    const result = compareOutcomes(SORT, a, b);
    assert.ok(result.method === "McNemar, exact");
    assert.deepEqual(result.counts, { bothRight: 144, onlyA: 6, onlyB: 0, neither: 50 });
    assert.equal(result.pValue, 1 / 32);
    assert.equal(result.difference, 3);
    assert.equal(result.better, "a");
    assert.ok(result.interval[0] > 0 && result.interval[1] < 10);
    assert.equal(compareOutcomes(SORT, b, a).better, "b");
  });

  it("calls five against none a tie: a coin does that once in sixteen", () => {
    const result = compareOutcomes(SORT, trials((i) => i < 150), trials((i) => i >= 5 && i < 150));
    assert.equal(result.better, null);
  });

  it("leaves out examples of weight 0, which count for no score", () => {
    const kept = (right: boolean) => [
      ...trials(() => true).slice(0, 4),
      { value: right ? 1 : 0, weight: 0 },
    ];
    const result = compareOutcomes(SORT, kept(true), kept(false));
    assert.ok(result.method === "McNemar, exact");
    assert.deepEqual(result.counts, { bothRight: 4, onlyA: 0, onlyB: 0, neither: 0 });
  });
});

describe("results that are not of the same examples", () => {
  it("are refused, with what differs", () => {
    const a = stories(() => 1);
    assert.throws(() => compareOutcomes(PPL, a, a.slice(1)), {
      name: "ValidationError",
      problem: {
        expected: "results on the same examples, kept with both scores",
        got: "50 and 49 examples",
        fix: "Have both models scored again on the same version of the benchmark.",
      },
    });
    const other = a.with(3, { value: 1, weight: 7 });
    assert.throws(
      () => compareOutcomes(PPL, a, other),
      (error: { problem: { got: string } }) =>
        error.problem.got === "weights 115 and 7 at example 4",
    );
    assert.throws(() => compareOutcomes(PPL, [], []), /cannot be compared/);
  });
});
