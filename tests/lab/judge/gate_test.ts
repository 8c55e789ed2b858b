import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type BlindPair, judgeGate, mayScore } from "../../../lib/lab/judge/gate.ts";

function pairs(agreed: number, of: number, label = "A"): BlindPair[] {
  return Array.from({ length: of }, (_, i) => ({
    itemId: String(i),
    category: "Plot",
    label,
    person: 0.5,
    judge: i < agreed ? 0.5 : 1,
  }));
}

function gateOf(agreed: number, of: number) {
  return judgeGate([{ category: "Plot", label: "A" }], pairs(agreed, of))[0];
}

describe("the gate before a judge", () => {
  it("asks for 90 % of equal scores, with Wilson's interval", () => {
    const { agreement, interval, verdict } = gateOf(45, 50);
    assert.equal(agreement, 0.9);
    // Wilson 1927 for 45 of 50, as R's prop.test(45, 50, correct = FALSE) prints it.
    assert.deepEqual(interval!.map((end) => end.toFixed(4)), ["0.7864", "0.9565"]);
    assert.equal(verdict, "passed, barely");
    assert.equal(gateOf(44, 50).verdict, "failed");
  });

  it("knows when the whole interval is above", () => {
    assert.equal(gateOf(50, 50).verdict, "passed");
    assert.equal(gateOf(940, 1000).verdict, "passed");
  });

  it("says nothing of fewer than 30 pairs", () => {
    assert.equal(gateOf(29, 29).verdict, "too few");
    assert.equal(gateOf(30, 30).verdict, "passed, barely");
    assert.equal(gateOf(0, 0).agreement, null);
  });

  it("judges each criterion by its own pairs", () => {
    const criteria = [{ category: "Plot", label: "A" }, { category: "Plot", label: "B" }];
    const gate = judgeGate(criteria, [...pairs(50, 50), ...pairs(10, 50, "B")]);
    assert.deepEqual(gate.map(mayScore), [true, false]);
  });

  it("may be set higher", () => {
    const criteria = [{ category: "Plot", label: "A" }];
    assert.equal(judgeGate(criteria, pairs(45, 50), 0.95)[0].verdict, "failed");
  });
});
