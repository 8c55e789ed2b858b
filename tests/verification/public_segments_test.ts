import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { coverageOf, coveredShare } from "../../lib/verification/coverage.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { publicLeaves, publicSegments } from "../../lib/verification/public_segments.ts";
import { exampleRecipe } from "./example.ts";

const STEPS = [0, 2, 4, 6, 8, 10];

describe("states that are given to everybody", () => {
  it("leave a leaf between any two that can be opened without training", () => {
    assert.deepEqual(publicLeaves(13, [3, 6, 9]), [3, 6, 9]);
    assert.deepEqual(publicLeaves(7, [2, 3, 5]), [2]);
    assert.deepEqual(publicLeaves(7, [1, 3]), [3]);
    assert.deepEqual(publicLeaves(5, [1, 2, 3]), [2]);
    assert.deepEqual(publicLeaves(4, [1, 2]), []);
    assert.deepEqual(publicLeaves(3, [1]), []);
  });

  it("cut the run, each part with what it costs and where it starts", () => {
    const recipe = exampleRecipe({ steps: 10, checkpointInterval: 2 });
    const kept = [{ leaf: 2, sha256: "aa", byteLength: 7 }, {
      leaf: 4,
      sha256: "bb",
      byteLength: 7,
    }];
    const parts = publicSegments({ recipe, chain: { leafSteps: STEPS } }, kept);
    assert.deepEqual(parts, [
      {
        ...{ from: 0, to: 2, fromStep: 0, toStep: 4, state: null },
        flops: trainingFlops({ ...recipe, steps: 4 }),
      },
      {
        ...{ from: 2, to: 5, fromStep: 4, toStep: 10, state: { sha256: "aa", byteLength: 7 } },
        flops: trainingFlops({ ...recipe, steps: 6 }),
      },
    ]);
    assert.deepEqual(publicSegments({ recipe, chain: { leafSteps: STEPS } }, []), []);
  });

  it("are none of a run that its dev set ends: no leaf proves the evaluations", () => {
    const dev = { corpus: "tinyshakespeare", sha256: "a".repeat(64), bytes: 1000 };
    const earlyStop = { dev, interval: 2, patience: 2, minDelta: 0 };
    const recipe = exampleRecipe({ steps: 10, checkpointInterval: 2, earlyStop });
    const kept = [{ leaf: 2, sha256: "aa", byteLength: 7 }];
    assert.deepEqual(publicSegments({ recipe, chain: { leafSteps: STEPS } }, kept), []);
  });
});

describe("the covered share of a run", () => {
  it("counts what overlaps once, in steps and not in leaves", () => {
    assert.equal(coveredShare(STEPS, []), 0);
    assert.equal(coveredShare(STEPS, [{ from: 0, to: 3 }, { from: 1, to: 4 }]), 0.8);
    assert.equal(coveredShare(STEPS, [{ from: 4, to: 5 }, { from: 0, to: 1 }]), 0.4);
    assert.equal(coveredShare([0, 100, 101], [{ from: 1, to: 2 }]), 1 / 101);
    assert.equal(coveredShare(STEPS, [{ from: 3, to: 9 }]), 0);
  });

  it("is told apart by runtime, of parts that were found equal", () => {
    const row = { keyid: "k", verdict: "exact" as const, engine_family: "v8", isa: "x86_64" };
    const rows = [
      { ...row, from_leaf: 0, to_leaf: 2 },
      { ...row, from_leaf: 0, to_leaf: 2, keyid: "l" },
      { ...row, from_leaf: 2, to_leaf: 5, verdict: "mismatch" as const },
      { ...row, from_leaf: 0, to_leaf: 5, isa: "aarch64" },
    ];
    assert.deepEqual(coverageOf(STEPS, rows), [
      { engineFamily: "v8", isa: "aarch64", share: 1, keys: 1 },
      { engineFamily: "v8", isa: "x86_64", share: 0.4, keys: 2 },
    ]);
  });
});
