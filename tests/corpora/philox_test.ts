import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { CounterRandom, philox, seedKey, STREAM, uniformBelow } from "../../lib/corpora/philox.ts";

function block(key: [number, number], counter: [number, number, number, number]): string[] {
  const out = new Uint32Array(4);
  philox(...key, ...counter, out);
  return Array.from(out, (word) => word.toString(16).padStart(8, "0"));
}

describe("philox", () => {
  it("gives the published answer for zeros", () => {
    assert.deepEqual(block([0, 0], [0, 0, 0, 0]), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  });

  it("gives the published answer for ones", () => {
    const f = 0xffffffff;
    assert.deepEqual(block([f, f], [f, f, f, f]), ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]);
  });

  it("gives the published answer for the digits of pi", () => {
    assert.deepEqual(
      block([0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344]),
      ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"],
    );
  });
});

describe("uniformBelow", () => {
  it("equals the 64-bit product shifted by 32 for every word and bound", () => {
    const uint32 = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(fc.property(uint32, fc.integer({ min: 1, max: 2 ** 32 }), (word, n) => {
      assert.equal(uniformBelow(word, n), Number((BigInt(word) * BigInt(n)) >> 32n));
    }));
    assert.equal(uniformBelow(0xffffffff, 2 ** 32), 0xffffffff);
  });
});

describe("seedKey", () => {
  it("splits a seed into its low and high words", () => {
    assert.deepEqual(seedKey(5 * 2 ** 32 + 7), [7, 5]);
    assert.deepEqual(seedKey(Number.MAX_SAFE_INTEGER), [0xffffffff, 0x1fffff]);
  });

  it("refuses what is no seed", () => {
    for (const seed of [-1, 0.5, 2 ** 53, NaN]) assert.throws(() => seedKey(seed), RangeError);
  });
});

describe("CounterRandom", () => {
  it("takes the words of block 0, then of block 1", () => {
    const random = new CounterRandom(9, { stream: STREAM.batch, step: 3, row: 2 });
    const words = Array.from({ length: 8 }, () => random.next().toString(16).padStart(8, "0"));
    assert.deepEqual(words, [
      ...block([9, 0], [0, 2, 3, STREAM.batch]),
      ...block([9, 0], [1, 2, 3, STREAM.batch]),
    ]);
  });
});
