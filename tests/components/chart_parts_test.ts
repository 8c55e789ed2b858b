import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { clip, logTicks } from "../../components/chart_parts.tsx";
import { shortCount } from "../../components/format.ts";

describe("ticks of a logarithmic axis", () => {
  it("are round, and as close as there is room for", () => {
    assert.deepEqual(logTicks(2.6, 95, 7), [5, 10, 20, 50]);
    assert.deepEqual(logTicks(2e4, 2e6, 5), [3e4, 1e5, 3e5, 1e6]);
    assert.deepEqual(logTicks(1e9, 1e15, 5), [1e9, 1e11, 1e13, 1e15]);
    assert.deepEqual(logTicks(2.7, 3.3, 7), [2.7, 2.8, 2.9, 3, 3.1, 3.2, 3.3]);
  });

  it("lie on the axis, in order, two at least and not too many, whatever its ends", () => {
    const ends = fc.tuple(
      fc.double({ min: 1e-3, max: 1e20, noNaN: true }),
      fc.double({ min: 1.5, max: 1e12, noNaN: true }),
      fc.integer({ min: 5, max: 7 }),
    );
    fc.assert(fc.property(ends, ([low, factor, most]) => {
      const ticks = logTicks(low, low * factor, most);
      assert.ok(ticks.length >= 2 && ticks.length <= most, `${ticks}`);
      assert.deepEqual(ticks, ticks.toSorted((a, b) => a - b));
      assert.ok(ticks[0] >= low * (1 - 1e-12) && ticks.at(-1)! <= low * factor * (1 + 1e-12));
    }));
  });
});

describe("words of a picture", () => {
  it("are cut between characters, not within one", () => {
    assert.equal(clip("Story teller", 12), "Story teller");
    assert.equal(clip("😀😀😀😀", 3), "😀😀…");
  });

  it("give round counts in k, M and B", () => {
    const texts = [0, 500, 3000, 1e5, 2.5e6, 1e9].map(shortCount);
    assert.deepEqual(texts, ["0", "500", "3\u202fk", "100\u202fk", "2.5\u202fM", "1\u202fB"]);
  });
});
