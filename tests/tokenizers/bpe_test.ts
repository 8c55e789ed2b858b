import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { utf8 } from "../../lib/bytes.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { ValidationError } from "../../lib/errors.ts";
import { BpeTokenizer, mergesDigest } from "../../lib/tokenizers/bpe.ts";
import { pieceEnd } from "../../lib/tokenizers/pieces.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { trainBpe } from "../../lib/tokenizers/train_bpe.ts";
import { characters, encodeWith, type Pair, pieces, trainPairs } from "../oracle/bpe.ts";

const shakespeare = await Deno.readFile(
  new URL("../../data/corpora/tinyshakespeare.txt", import.meta.url),
);
const text = shakespeare.subarray(0, 20_000);
const merges = trainBpe(text, { vocabSize: 400, maxEntryBytes: 16 });
const tokenizer = new BpeTokenizer(merges, 16);

/** ab, abc, aa, aaaa, " a", " ab", bc and é: they overlap in many ways. */
const SMALL = Uint16Array.of(
  ...[97, 98, 256, 99, 97, 97, 258, 258],
  ...[32, 97, 32, 256, 98, 99, 0xc3, 0xa9],
);

/** Few letters, so that pairs repeat; every class of byte, and bytes of no text. */
const dense = fc.array(fc.constantFrom(...utf8("aab bc  \n1.é"), 0xff), { maxLength: 300 })
  .map((bytes) => Uint8Array.from(bytes));
const anyBytes = fc.uint8Array({ maxLength: 400 });

function piecesOf(bytes: Uint8Array): string[] {
  const found: string[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = pieceEnd(bytes, from);
    found.push(characters(bytes.subarray(from, end)));
    from = end;
  }
  return found;
}

/** What a list of merges joins, as spellings. */
function pairsOf(bpe: BpeTokenizer): Pair[] {
  const spell = (token: number) => characters(bpe.tokenBytes(token));
  return Array.from({ length: bpe.merges.length / 2 }, (_, m): Pair => [
    spell(bpe.merges[2 * m]),
    spell(bpe.merges[2 * m + 1]),
  ]);
}

const spellingsOf = (bpe: BpeTokenizer, bytes: Uint8Array) =>
  Array.from(bpe.encode(bytes), (token) => characters(bpe.tokenBytes(token)));

describe("pieces", () => {
  it("are words with the space before them, runs of digits, of marks, and white space", () => {
    const cut = piecesOf(utf8("Don't  stop,\n\n now: 1984!\tÉté ... "));
    const expected = ["Don", "'", "t", " ", " stop", ",", "\n\n", " now", ":", " 1984", "!", "\t"];
    assert.deepEqual(cut, [...expected, characters(utf8("Été")), " ...", " "]);
  });

  it("are those of the definition, for any bytes", () => {
    for (const bytes of [anyBytes, dense]) {
      fc.assert(
        fc.property(bytes, (b) => assert.deepEqual(piecesOf(b), pieces(characters(b)))),
        { numRuns: 300 },
      );
    }
  });

  it("are cut at 64 bytes, also where a space would go to the next word", () => {
    for (const run of ["a", " ", " a", "1", "-"]) {
      for (const length of [62, 63, 64, 65, 66, 127, 128, 129, 130]) {
        for (const rest of ["", "b", " b", "\nb"]) {
          const bytes = utf8(run[0].repeat(length) + run.slice(1) + rest);
          assert.deepEqual(piecesOf(bytes), pieces(characters(bytes)));
        }
      }
    }
  });
});

describe("training", () => {
  it("gives the merges of the definition", () => {
    const sample = text.subarray(0, 6000);
    for (const maxEntryBytes of [2, 3, 16]) {
      const trained = trainBpe(sample, { vocabSize: 300, maxEntryBytes });
      const pairs = trainPairs(characters(sample), 44, maxEntryBytes);
      assert.deepEqual(pairsOf(new BpeTokenizer(trained, maxEntryBytes)), pairs);
    }
  });

  it("gives the merges of the definition for any bytes, or says how many there are", () => {
    fc.assert(
      fc.property(dense, fc.integer({ min: 2, max: 6 }), (bytes, maxEntryBytes) => {
        const pairs = trainPairs(characters(bytes), 4, maxEntryBytes);
        const train = () => trainBpe(bytes, { vocabSize: 260, maxEntryBytes });
        if (pairs === null) return assert.throws(train, /got only 25[6-9]/);
        assert.deepEqual(pairsOf(new BpeTokenizer(train(), maxEntryBytes)), pairs);
      }),
      { numRuns: 300 },
    );
  });

  it("takes the lowest left id among equals, then the lowest right id", () => {
    const four = (corpus: string) => {
      const list = trainBpe(utf8(corpus.repeat(2)), { vocabSize: 260, maxEntryBytes: 2 });
      return String.fromCharCode(...list);
    };
    assert.equal(four("hg.fe.dc.ba."), "badcfehg");
    assert.equal(four("ca.bd.bc.ba."), "babcbdca");
  });

  it("counts every place of a pair, those that share a byte too", () => {
    const corpus = utf8("bc.".repeat(3) + "aaa.".repeat(2) + "de.fg.".repeat(2));
    const list = trainBpe(corpus, { vocabSize: 260, maxEntryBytes: 2 });
    assert.equal(String.fromCharCode(...list), "aabcdefg");
  });

  it("says how many entries a corpus gives at most", () => {
    assert.throws(
      () => trainBpe(utf8("abcabc abcabc"), { vocabSize: 512, maxEntryBytes: 3 }),
      (error: ValidationError) => /at most 256/.test(error.problem.expected!),
    );
  });

  it("gives the merges it always gave, those docs/exactness.md and docs/recipe.md name", async () => {
    const corpus = CORPORA.find(({ id }) => id === "tinyshakespeare")!;
    const range = shakespeare.subarray(...corpus.trainRange);
    const digest = await mergesDigest(trainBpe(range, { vocabSize: 512, maxEntryBytes: 16 }));
    assert.equal(digest, "f0795988aff47988fb47533a527442ffb3d72c31e2e38151c3fb90d38e7b249a");
    for (const page of ["exactness", "recipe"]) {
      const path = new URL(`../../docs/${page}.md`, import.meta.url);
      assert.ok((await Deno.readTextFile(path)).includes(digest), page);
    }
  });
});

describe("a trained tokenizer", () => {
  it("gives back any bytes", () => {
    for (const bytes of [anyBytes, dense]) {
      fc.assert(fc.property(bytes, (b) => {
        assert.deepEqual(tokenizer.decode(tokenizer.encode(b)), b);
      }));
    }
  });

  it("cuts a text as the definition does", () => {
    const pairs = pairsOf(tokenizer);
    for (const bytes of [text.subarray(0, 3000), shakespeare.subarray(500_000, 503_000)]) {
      assert.deepEqual(spellingsOf(tokenizer, bytes), encodeWith(pairs, characters(bytes)));
    }
    fc.assert(fc.property(dense, (bytes) => {
      const small = new BpeTokenizer(SMALL, 8);
      const expected = encodeWith(pairsOf(small), characters(bytes));
      assert.deepEqual(spellingsOf(small, bytes), expected);
    }));
  });

  it("makes one token of one byte, and words of fewer tokens than bytes", () => {
    for (let byte = 0; byte < 256; byte++) {
      assert.deepEqual(tokenizer.encode(Uint8Array.of(byte)), Int32Array.of(byte));
    }
    assert.ok(tokenizer.encode(text).length < 0.6 * text.length);
  });

  it("takes no longer for a run of one byte than its length says", () => {
    const run = new Uint8Array(300_000).fill(0x61);
    const bpe = new BpeTokenizer(SMALL, 8);
    assert.deepEqual(bpe.decode(bpe.encode(run)), run);
  });

  it("refuses ids it does not have", () => {
    for (const token of [-1, 400, 0.5, NaN]) {
      assert.throws(() => tokenizer.decode([token]), ValidationError);
    }
  });
});

describe("a list of merges", () => {
  const bad: [string, number[], RegExp][] = [
    [
      "that joins a later entry",
      [97, 98, 97, 258, 99, 100, 97, 99],
      /merge 1 to join two tokens below 257/,
    ],
    ["that joins itself", [256, 97, 97, 98, 97, 99, 97, 100], /merge 0/],
    ["that repeats a pair", [97, 98, 97, 99, 97, 98, 97, 100], /merge 2 to join bytes no earlier/],
    ["that spells an entry again", [97, 98, 256, 99, 98, 99, 97, 258], /merge 3 to join bytes no/],
    ["with too long an entry", [97, 98, 256, 256, 257, 257, 97, 99], /merge 2 to join at most 4 b/],
    ["of three", [97, 98, 97, 99, 97, 100], /260 to 8192 tokens, a multiple of 4, got 259/],
    ["of none", [], /got 256/],
  ];
  for (const [name, list, message] of bad) {
    it(`is refused when it is one ${name}`, () => {
      assert.throws(() => new BpeTokenizer(Uint16Array.from(list), 4), (error: ValidationError) => {
        assert.match(error.message, message);
        return error instanceof ValidationError;
      });
    });
  }

  it("is refused when its cap is none", () => {
    for (const cap of [1, 33, 2.5, NaN]) assert.throws(() => new BpeTokenizer(SMALL, cap));
  });
});

describe("the byte tokenizer", () => {
  it("gives every byte its own value", () => {
    fc.assert(fc.property(anyBytes, (bytes) => {
      const tokens = BYTE_TOKENIZER.encode(bytes);
      assert.deepEqual([...tokens], [...bytes]);
      assert.deepEqual(BYTE_TOKENIZER.decode(tokens), bytes);
    }));
    assert.deepEqual(BYTE_TOKENIZER.tokenBytes(200), Uint8Array.of(200));
  });
});
