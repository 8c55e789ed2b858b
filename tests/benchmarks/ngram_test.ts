import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createNgramModel, distribution } from "../../lib/benchmarks/ngram.ts";
import { NgramCounts } from "../../lib/benchmarks/ngram_counts.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { utf8 } from "../../lib/bytes.ts";
import { HOST_MATH } from "./models.ts";

const [A, B, C] = utf8("abc");

/** The same by definition: every count is a walk over the text. */
function slowProbability(text: Uint8Array, history: Uint8Array, byte: number): number {
  const after = [...text].filter((_, i) =>
    i >= history.length && history.every((byte, k) => text[i - history.length + k] === byte)
  );
  const shorter = history.length === 0 ? 1 / 256 : slowProbability(text, history.subarray(1), byte);
  if (after.length === 0) return shorter;
  const types = new Set(after).size;
  const seen = after.filter((next) => next === byte).length;
  return (seen + types * shorter) / (after.length + types);
}

const texts = fc.array(fc.integer({ min: 97, max: 101 }), { minLength: 1, maxLength: 40 })
  .map((bytes) => Uint8Array.from(bytes));

describe("n-gram counts", () => {
  it("hold every string of a text, how often it stands there and what follows", () => {
    const counts = new NgramCounts(utf8("abab"), 2);
    // a, b, ab, ba.
    assert.deepEqual([...counts.sizes], [1, 2, 2]);
    const a = counts.child(0, A);
    assert.deepEqual([counts.count[a], counts.total[a], counts.types[a]], [2, 2, 1]);
    const b = counts.child(0, B);
    assert.deepEqual([counts.count[b], counts.total[b], counts.types[b]], [2, 1, 1]);
    assert.equal(counts.child(a, A), -1);
    assert.equal(counts.child(0, C), -1);
  });

  it("grow past their first size", () => {
    let state = 1;
    const text = Uint8Array.from(
      { length: 80_000 },
      () => (state = Math.imul(state, 1664525) + 1013904223 | 0) >>> 24,
    );
    const counts = new NgramCounts(text, 3);
    const pairs = new Set(Array.from(text.subarray(1), (byte, i) => text[i] << 8 | byte));
    assert.equal(counts.sizes[2], pairs.size);
    assert.equal(counts.size, counts.sizes.reduce((sum, size) => sum + size));
    for (let i = 2; i < 500; i++) {
      const pair = counts.child(counts.child(0, text[i - 2]), text[i - 1]);
      assert.ok(counts.count[counts.child(pair, text[i])] > 0);
    }
  });
});

describe("an n-gram model", () => {
  it("is Witten–Bell's formula, worked by hand", () => {
    const counts = new NgramCounts(utf8("abac"), 2);
    // Four bytes, three different: P(a) = (2 + 3/256) / 7; after a: b and c once each.
    const a = (2 + 3 / 256) / 7, b = (1 + 3 / 256) / 7;
    assert.equal(distribution(counts, 1, utf8("b"))[A], a);
    assert.equal(distribution(counts, 2, utf8("a"))[B], (1 + 2 * b) / 4);
    assert.equal(distribution(counts, 2, utf8("a"))[A], (0 + 2 * a) / 4);
    // Nothing follows c, and nobody has seen x.
    assert.equal(distribution(counts, 2, utf8("c"))[A], a);
    assert.equal(distribution(counts, 2, utf8("x"))[A], a);
  });

  it("is a distribution after any history, seen or not, with nothing impossible", () => {
    fc.assert(fc.property(texts, texts, fc.integer({ min: 1, max: 5 }), (text, history, order) => {
      const p = distribution(new NgramCounts(text, order), order, history);
      const sum = p.reduce((total, value) => total + value, 0);
      assert.ok(Math.abs(sum - 1) < 1e-12, `${sum}`);
      assert.ok(p.every((value) => value > 0));
    }));
  });

  it("equals the definition, whatever order the counts reach beyond", () => {
    fc.assert(fc.property(texts, texts, fc.integer({ min: 1, max: 4 }), (text, history, order) => {
      const p = distribution(new NgramCounts(text, 4), order, history);
      const seen = history.subarray(Math.max(0, history.length - order + 1));
      for (const byte of [A, B, C, 122]) {
        assert.equal(p[byte], slowProbability(text, seen, byte));
      }
    }));
  });

  it("scores every byte but a text's first, given all that stands before in it", async () => {
    const counts = new NgramCounts(utf8("the cat sat on the mat"), 3);
    const model = createNgramModel(counts, 3, HOST_MATH);
    const text = utf8("that");
    const [nats, none] = await model.scoreBytes([text, utf8("x")]);
    assert.equal(none.length, 0);
    assert.deepEqual(
      [...nats],
      [1, 2, 3].map((i) =>
        Math.fround(-Math.log(distribution(counts, 3, text.subarray(0, i))[text[i]]))
      ),
    );
  });

  it("writes its likeliest bytes, and says so when asked to draw", async () => {
    const model = createNgramModel(new NgramCounts(utf8("abcabcabc"), 3), 3, HOST_MATH);
    const [output] = await model.generate([utf8("xa")], { temperature: 0, maxBytes: 7 });
    assert.deepEqual(output, utf8("bcabcab"));
    const stopped = await model.generate([utf8("a"), utf8("b")], {
      temperature: 0,
      maxBytes: 7,
      stop: (row, bytes) => row === 1 && bytes.length === 2,
    });
    assert.deepEqual(stopped, [utf8("bcabcab"), utf8("ca")]);
    assert.throws(() => model.generate([utf8("a")], { temperature: 1, maxBytes: 1 }), /greedily/);
  });

  it("runs through a benchmark like any other", async () => {
    const model = createNgramModel(new NgramCounts(utf8("1 2 3 4 5 6"), 3), 3, HOST_MATH);
    assert.equal(SORT_6.incompatibility(model), null);
    const { score, examples } = await SORT_6.run(model, null, {});
    assert.equal(score, 0);
    assert.equal(examples.length, 200);
  });

  it("stops when told to", () => {
    const model = createNgramModel(new NgramCounts(utf8("ab"), 2), 2, HOST_MATH);
    const signal = AbortSignal.abort(new Error("enough"));
    assert.throws(() => model.scoreBytes([utf8("ab")], { signal }), /enough/);
  });
});
