import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "@std/testing/bdd";
import { utf8 } from "../../lib/bytes.ts";
import { tokenizerJson } from "../../lib/interchange/tokenizer_json.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { HuggingFaceTokenizer } from "../../lib/tokenizers/huggingface.ts";
import { BYTE_TOKENIZER, type Tokenizer } from "../../lib/tokenizers/tokenizer.ts";

/** The tokenizer as Hugging Face's library runs what we export. */
function exported(tokenizer: Tokenizer): HuggingFaceTokenizer {
  const json = JSON.parse(JSON.stringify(tokenizerJson(tokenizer)));
  return new HuggingFaceTokenizer(json, tokenizer.vocabSize);
}

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(..." \n\tthe, end. 12é\u00a0{~'世") }),
  fc.string({ unit: "grapheme" }),
  fc.tuple(fc.integer({ min: 60, max: 70 }), fc.constantFrom(" ", "a", "7", ".", "\n"))
    .map(([count, character]) => `b${character.repeat(count)} the`),
);

describe("an exported tokenizer.json", () => {
  it("of bytes has a token for each, with the byte's own id", () => {
    const copy = exported(BYTE_TOKENIZER);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      assert.deepEqual([...copy.encode(bytes)], [...bytes]);
    }));
  });

  it("of merges cuts text as the merges do", () => {
    const space = 32, [a, e, h, n, d, t] = [..."aehndt"].map((letter) => letter.charCodeAt(0));
    const merges = [[t, h], [256, e], [space, 257], [a, n], [e, n], [space, space], [259, d]];
    merges.push([260, d], [0xc3, 0xa9], [261, 261], [10, 10], [46, space], [49, 50]);
    while (merges.length % 4 !== 0) merges.push([space, 97 + merges.length]);
    const ours = new BpeTokenizer(Uint16Array.from(merges.flat()), 8);
    const copy = exported(ours);
    fc.assert(
      fc.property(text, (string) => {
        const bytes = utf8(string);
        assert.deepEqual([...copy.encode(bytes)], [...ours.encode(bytes)]);
      }),
      { numRuns: 500 },
    );
  });
});
