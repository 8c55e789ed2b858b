import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, utf8 } from "../../../lib/bytes.ts";
import type { EvaluationText } from "../../../lib/corpora/contamination/evaluation_text.ts";
import { type ScanFindings, Scanner } from "../../../lib/corpora/contamination/scanner.ts";
import { naiveScan, naiveWords } from "./naive.ts";

function scan(pieces: Iterable<Uint8Array>, texts: readonly EvaluationText[]): ScanFindings {
  const scanner = new Scanner(texts);
  for (const piece of pieces) scanner.push(piece);
  return scanner.end();
}

/** Pieces whose lengths repeat. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length];
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}

/** How many places of each text were met, as the naive scan says it. */
function met({ words, bytes, runs, whole }: ScanFindings, text: number) {
  const places = ({ gramsOf, first }: ScanFindings["runs"]) =>
    Array.from(gramsOf[text]).filter((gram) => first[gram] >= 0).length;
  return {
    whole: whole.first[text] >= 0,
    words8: places(words[8]),
    words13: places(words[13]),
    bytes8: places(bytes[8]),
    bytes13: places(bytes[13]),
    runs: places(runs),
  };
}

function assertNaive(corpus: Uint8Array, texts: EvaluationText[], lengths: number[]): void {
  const found = scan(cut(corpus, lengths), texts);
  const wanted = naiveScan(corpus, texts).map((text) => ({
    whole: text.whole,
    words8: text.words8.length,
    words13: text.words13.length,
    bytes8: text.bytes8.length,
    bytes13: text.bytes13.length,
    runs: text.runs.length,
  }));
  assert.deepEqual(texts.map((_, i) => met(found, i)), wanted);
}

/** Few words, so that grams are met by chance, and all that separates or joins them. */
const word = fc.constantFrom("a", "b", "A", "7", "é", "cat", "CAT", "x".repeat(70), "日本");
const gap = fc.constantFrom(" ", "\n", "  ", ", ", "-", "’", "\u00a0", "“", "\0", "");
const prose = (maxLength: number) =>
  fc.array(fc.tuple(word, gap), { maxLength }).map((pairs) => pairs.flat().join(""));
const evaluation = fc.array(
  fc.record({ text: prose(24), leak: fc.constantFrom("whole" as const, "passages" as const) }),
  { maxLength: 5 },
);
const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

describe("the contamination scanner", () => {
  it("finds what a naive search finds, however the corpus is cut", () => {
    fc.assert(fc.property(prose(120), evaluation, lengths, (corpus, texts, cuts) => {
      assertNaive(utf8(corpus), texts, cuts);
    }));
  });

  it("finds texts planted among others, with other case, white space and punctuation", () => {
    const shout = (text: string) => text.toUpperCase().replaceAll(" ", ",\n  ");
    const planted = fc.tuple(prose(40), prose(20), prose(40));
    fc.assert(fc.property(planted, lengths, ([before, text, after], cuts) => {
      const texts: EvaluationText[] = [{ text, leak: "passages" }];
      assertNaive(utf8(`${before} ${text} ${after}`), texts, cuts);
      const corpus = utf8(`${before} ${shout(text)} ${after}`);
      const words = naiveWords(text);
      // Upper case folds back for ASCII alone.
      fc.pre(words.length > 0 && !text.includes("é"));
      assert.equal(scan(cut(corpus, cuts), texts).whole.first[0] >= 0, true);
    }));
  });

  it("finds a text over the border of its own blocks, and says where", () => {
    const text = "Hello there, my very old friend: have you seen nine green birds today?";
    const texts: EvaluationText[] = [{ text, leak: "passages" }];
    const other = utf8("zebra ".repeat(30_000));
    for (const start of [65_480, 65_500, 65_535, 65_536, 131_040]) {
      const begin = start - start % 6;
      const corpus = concatBytes([other.subarray(0, begin), utf8(`${text} `), other]);
      for (const pieces of [[corpus], cut(corpus, [9973]), cut(corpus, [65_536, 1])]) {
        const { whole, words, byteLength } = scan(pieces, texts);
        assert.equal(byteLength, corpus.length);
        assert.equal(whole.first[0], begin);
        assert.equal(whole.last[0], begin + text.length - 2, "without the question mark");
        const [gram] = words[13].gramsOf[0];
        assert.deepEqual([words[13].first[gram], words[13].last[gram]], [
          begin,
          begin + text.length - 2,
        ]);
      }
    }
  });

  it("keeps the first place and the last", () => {
    const texts: EvaluationText[] = [{ text: "one two three", leak: "whole" }];
    const { whole } = scan([utf8("x one two three y one two three")], texts);
    assert.deepEqual([whole.first[0], whole.last[0]], [2, 14]);
  });

  it("does not take a text for whole when a word is missing, added or longer", () => {
    const texts: EvaluationText[] = [{ text: "a b c d e f g h i j", leak: "whole" }];
    for (
      const corpus of [
        "a b c d e f g h i",
        "a b c d e f g h x i j",
        "a b c d e f g h i jj",
        "aa b c d e f g h i j",
      ]
    ) assert.equal(scan([utf8(corpus)], texts).whole.first[0], -1, corpus);
  });

  it("begins a text again where a first try broke off", () => {
    const text = "to and fro to and fro to and fro to the end";
    const texts: EvaluationText[] = [{ text, leak: "whole" }];
    const corpus = `to and fro ${text}`;
    assert.equal(scan([utf8(corpus)], texts).whole.first[0], 11);
  });

  it("finds runs of letters where the words are cut otherwise, in passages alone", () => {
    const letters = "thequickbrownfoxjumpsoverthelazydogandrunsintothewoodsbeforenightfalls";
    const corpus = utf8([...letters].join(" "));
    for (const leak of ["passages", "whole"] as const) {
      const { runs } = scan([corpus], [{ text: letters, leak }]);
      assert.equal([...runs.first].some((place) => place >= 0), leak === "passages");
    }
  });

  it("reads bytes that are no text", () => {
    const texts: EvaluationText[] = [{ text: "plain words here", leak: "whole" }];
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + i) & 255);
    const corpus = concatBytes([noise, utf8(" plain words here "), noise]);
    assert.equal(scan([corpus], texts).whole.first[0], 5001);
  });
});
