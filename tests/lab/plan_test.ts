import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { REPEAT_DISTANCE, type ScoringChoice, scoringPlan } from "../../lib/lab/scoring/plan.ts";
import type { Criterion } from "../../lib/lab/types.ts";

const CRITERIA: Criterion[] = [
  { id: "p1", category: "Plot", code: "A", text: "" },
  { id: "p2", category: "Plot", code: "B", text: "" },
  { id: "r1", category: "Reasoning", code: "A", text: "" },
];
const ITEMS = Array.from({ length: 200 }, (_, i) => ({
  id: `item${i}`,
  category: i % 2 === 0 ? "Plot" : "Reasoning",
}));
const CHOICE: ScoringChoice = { mode: "isolated", category: null, repeats: 0 };

describe("the order of a rater", () => {
  it("is the same for the same seed, and another for another", () => {
    const plan = (seed: number) => scoringPlan(ITEMS, CRITERIA, CHOICE, seed);
    assert.deepEqual(plan(7), plan(7));
    assert.notDeepEqual(plan(7), plan(8));
    const tasks = plan(7).map(({ itemId }) => itemId);
    assert.deepEqual([...tasks].sort(), ITEMS.map(({ id }) => id).sort());
    assert.notDeepEqual(tasks.slice(0, 100), ITEMS.slice(0, 100).map(({ id }) => id));
  });

  it("goes category by category, each item in its own", () => {
    const plan = scoringPlan(ITEMS, CRITERIA, CHOICE, 7);
    assert.deepEqual(
      plan.slice(0, 100).map(({ criteria }) => criteria.join()),
      Array(100).fill("p1,p2"),
    );
    assert.deepEqual(plan[100].criteria, ["r1"]);
    const alone = scoringPlan(ITEMS, CRITERIA, { ...CHOICE, category: "Reasoning" }, 7);
    assert.deepEqual(alone, plan.slice(100));
  });

  it("asks everything of every item where that is chosen", () => {
    const plan = scoringPlan(ITEMS, CRITERIA, { ...CHOICE, mode: "all" }, 7);
    assert.equal(plan.length, 200);
    assert.ok(plan.every(({ criteria }) => criteria.join() === "p1,p2,r1"));
  });

  it("keeps its order when items are added", () => {
    const before = scoringPlan(ITEMS.slice(0, 150), CRITERIA, CHOICE, 7);
    const after = scoringPlan(ITEMS, CRITERIA, CHOICE, 7);
    const old = new Set(before.map(({ itemId }) => itemId));
    assert.deepEqual(after.filter(({ itemId }) => old.has(itemId)), before);
  });

  it("repeats about as many as asked for, each once, never soon after the first time", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.nat(), (repeats, seed) => {
        const plan = scoringPlan(ITEMS, CRITERIA, { ...CHOICE, mode: "all", repeats }, seed);
        const again = plan.filter(({ round }) => round === 1);
        // Five standard deviations of 200 draws.
        const spread = 5 * Math.sqrt(200 * (repeats / 100) * (1 - repeats / 100));
        assert.ok(Math.abs(again.length - 2 * repeats) <= spread);
        assert.equal(new Set(again.map(({ itemId }) => itemId)).size, again.length);
        for (const { itemId } of again) {
          const at = plan.findIndex((task) => task.itemId === itemId && task.round === 0);
          const repeated = plan.findIndex((task) => task.itemId === itemId && task.round === 1);
          const between = Math.min(REPEAT_DISTANCE, plan.length - 1 - at - again.length);
          assert.ok(repeated - at >= between, `${at} ${repeated}`);
        }
      }),
      { numRuns: 30 },
    );
  });
});
