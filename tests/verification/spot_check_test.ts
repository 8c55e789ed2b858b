import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import {
  chancesToCatch,
  chanceToCatch,
  percent,
  sampleInWords,
} from "../../lib/verification/sample_chance.ts";
import {
  drawAgrees,
  drawSegments,
  planSpotCheck,
  spotParts,
  wantedLeaves,
} from "../../lib/verification/spot_check.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const HASH = "ab".repeat(32);
const nonceOf = (i: number) => createHash("sha256").update(`nonce ${i}`).digest("hex");

/** The rule of docs/provenance.md, written once more with other tools. */
function drawnByTheBook(nonce: string, of: number, count: number): number[] {
  const found: number[] = [];
  for (let k = 0; found.length < count; k++) {
    const block = createHash("sha256").update("spot-check/v1").update(Buffer.from(nonce, "hex"))
      .update(Buffer.from(HASH, "hex")).update(Buffer.from(new Uint32Array([k]).buffer)).digest();
    for (let at = 0; at < 32; at += 4) {
      const word = block.readUInt32LE(at);
      if (found.length < count && word < Math.floor(2 ** 32 / of) * of) {
        if (!found.includes(word % of)) found.push(word % of);
      }
    }
  }
  return found.sort((a, b) => a - b);
}

describe("the segments of a spot check", () => {
  it("follow from nonce and recipe by the documented rule", async () => {
    for (const [of, count] of [[1, 1], [6, 2], [12, 12], [100, 16], [10_000, 16]]) {
      for (let i = 0; i < 20; i++) {
        const draw = { nonce: nonceOf(i), recipeHash: HASH, of, count };
        const drawn = await drawSegments(draw);
        assert.deepEqual(drawn, drawnByTheBook(nonceOf(i), of, count));
        assert.equal(new Set(drawn).size, count);
        assert.ok(drawn.every((index) => index >= 0 && index < of));
      }
    }
    await assert.rejects(drawSegments({ nonce: nonceOf(0), recipeHash: HASH, of: 3, count: 4 }));
  });

  it("of more segments hold those of fewer, so a nonce has one order", async () => {
    const draw = { nonce: nonceOf(1), recipeHash: HASH, of: 50 };
    const few = await drawSegments({ ...draw, count: 5 });
    const many = await drawSegments({ ...draw, count: 9 });
    assert.ok(few.every((index) => many.includes(index)));
  });

  it("fall on each segment equally often", async () => {
    const times = Array(12).fill(0);
    for (let i = 0; i < 4000; i++) {
      const drawn = await drawSegments({ nonce: nonceOf(i), recipeHash: HASH, of: 12, count: 3 });
      for (const index of drawn) times[index]++;
    }
    // 1,000 expected of each; the deviation of a hypergeometric count is 27.
    assert.ok(times.every((count) => Math.abs(count - 1000) < 5 * 27), String(times));
  });

  it("can be checked by anybody who has the report", async () => {
    const nonce = nonceOf(2);
    const drawn = await drawSegments({ nonce, recipeHash: HASH, of: 30, count: 4 });
    const scope = { nonce, segments: 30, drawn };
    assert.equal(await drawAgrees(scope, HASH), true);
    assert.equal(await drawAgrees({ ...scope, drawn: [...drawn].reverse() }, HASH), false);
    assert.equal(await drawAgrees({ ...scope, segments: 31 }, HASH), false);
    assert.equal(await drawAgrees({ ...scope, nonce: "short" }, HASH), false);
    assert.equal(await drawAgrees(scope, "cd".repeat(32)), false);
  });

  it("come with both ends of the run", () => {
    assert.deepEqual(spotParts(6, [1, 4]), [
      { from: 0, to: 0 },
      { from: 1, to: 2 },
      { from: 4, to: 5 },
      { from: 6, to: 6 },
    ]);
    assert.deepEqual(wantedLeaves(spotParts(6, [1, 4])), [1, 4, 6]);
    assert.deepEqual(spotParts(6, [0, 5]), [{ from: 0, to: 1 }, { from: 5, to: 6 }]);
    assert.deepEqual(wantedLeaves(spotParts(6, [0, 5])), [5]);
  });
});

describe("the chance to find a false run", () => {
  it("is that of drawing without replacement", () => {
    assert.equal(chanceToCatch({ of: 12, count: 3 }, 1), 3 / 12);
    // 1 − C(10, 3) / C(12, 3)
    assert.ok(Math.abs(chanceToCatch({ of: 12, count: 3 }, 2) - (1 - 120 / 220)) < 1e-12);
    assert.equal(chanceToCatch({ of: 12, count: 3 }, 0), 0);
    assert.equal(chanceToCatch({ of: 12, count: 3 }, 10), 1);
  });

  it("is told for one segment, a hundredth, a tenth and half, each once", () => {
    const rows = (of: number) => chancesToCatch({ of, count: 2 }).map(({ bad }) => bad);
    assert.deepEqual(rows(1000), [1, 10, 100, 500]);
    assert.deepEqual(rows(20), [1, 2, 10]);
    assert.deepEqual(rows(2), [1]);
  });

  it("is never rounded to certainty", () => {
    assert.deepEqual([0, 0.0001, 0.05, 0.25, 0.996, 0.99999, 1].map(percent), [
      ...["0 %", "below 0.1 %", "5 %", "25 %", "99.6 %", "above 99.9 %", "100 %"],
    ]);
    assert.match(sampleInWords({ of: 12, count: 3 }), /^3 of 12 segments.* 25 %.* 90\.9 %\.$/);
  });
});

describe("the plan of a spot check", () => {
  const recipe = parseRecipe({ ...tinyRecipe(), engine: HASH });
  const chain = { leafSteps: [0, 10, 20, 30, 40, 50, 60] };
  const limits = { flops: 1e18, memoryBytes: 2 ** 31, segments: 16, stateBytes: 2 ** 31 };
  const steps = (count: number) => trainingFlops({ ...recipe, steps: count });
  const plan = (change: Partial<typeof limits>, other: object = {}) =>
    planSpotCheck(
      { recipe: { ...recipe, ...other }, chain, parameters: 6864 },
      { ...limits, ...change },
    );

  it("takes as many segments as the budget holds, at most so many as the board wishes", () => {
    assert.deepEqual(plan({ flops: steps(29) }), { count: 2 });
    assert.deepEqual(plan({ flops: steps(50), segments: 3 }), { count: 3 });
    assert.deepEqual(plan({}), { count: 6 });
    // Of three states two are segments' and one is that of the end.
    assert.deepEqual(plan({ stateBytes: 3 * (6864 * 12 + 7 * 80 + 128 * 1024) }), { count: 2 });
  });

  it("is none, and says why, where it cannot be", () => {
    const why = (change: Partial<typeof limits>, other = {}) =>
      (plan(change, other) as { why: string }).why;
    assert.match(why({ flops: steps(9) }), /one segment of 10 steps/);
    assert.match(why({ memoryBytes: 1 }), /memory/);
    assert.match(why({ stateBytes: 1000 }), /states take \d+ bytes each/);
    assert.match(why({ segments: 0 }), /makes none/);
    const dev = { generator: "sort-6", version: 1, params: {}, rows: 8 };
    assert.match(why({}, { earlyStop: { dev, interval: 10, patience: 2, minDelta: 0 } }), /ends/);
  });
});
