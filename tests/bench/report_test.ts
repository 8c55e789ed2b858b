import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { quantile, spread, spreadText, table } from "../../bench/report.ts";

describe("spread", () => {
  it("gives the middle, the least and the greatest in any order", () => {
    assert.deepEqual(spread([30, 10, 20]), { median: 20, min: 10, max: 30 });
    assert.deepEqual(spread([1, 2]), { median: 1.5, min: 1, max: 2 });
    assert.equal(spreadText(spread([1.25]), 1), "1.3 (1.3–1.3)");
  });
});

describe("quantile", () => {
  it("interpolates between neighbours and reaches both ends", () => {
    const hundred = Array.from({ length: 101 }, (_, i) => 100 - i);
    assert.equal(quantile(hundred, 0.99), 99);
    assert.equal(quantile([0, 10], 0.25), 2.5);
    assert.equal(quantile([7], 0.99), 7);
    assert.equal(quantile(hundred, 1), 100);
  });
});

describe("table", () => {
  it("is Markdown", () => {
    assert.equal(table(["a", "b"], [["1", "2"]]), "| a | b |\n| --- | --- |\n| 1 | 2 |");
  });
});
