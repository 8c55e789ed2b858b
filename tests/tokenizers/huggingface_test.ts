import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "@std/testing/bdd";
import { fromUtf8, utf8 } from "../../lib/bytes.ts";
import { ValidationError } from "../../lib/errors.ts";
import { HuggingFaceTokenizer, utf8Stretches } from "../../lib/tokenizers/huggingface.ts";

async function readTokenizer(folder: string) {
  const path = new URL(`../fixtures/huggingface/${folder}/tokenizer.json`, import.meta.url);
  return JSON.parse(await Deno.readTextFile(path));
}

const byteLevelJson = await readTokenizer("gpt2");
const fallbackJson = await readTokenizer("llama");
const byteLevel = new HuggingFaceTokenizer(byteLevelJson, 261);
const fallback = new HuggingFaceTokenizer(fallbackJson, 291);

function spelt(tokenizer: HuggingFaceTokenizer, text: string | Uint8Array): string[] {
  const bytes = typeof text === "string" ? utf8(text) : text;
  return [...tokenizer.encode(bytes)].map((token) => fromUtf8(tokenizer.tokenBytes(token)));
}

describe("a byte-level tokenizer.json", () => {
  it("joins what its merges join, within words of the pattern", () => {
    assert.deepEqual(spelt(byteLevel, "then in the end"), [
      ..."t,he,n, ,in, the, ,e,n,d".split(","),
    ]);
    assert.deepEqual([...byteLevel.encode(utf8(" the\n"))], [258, 10]);
  });

  it("reads a special token's name as plain text, and writes nothing for the token", () => {
    assert.equal(spelt(byteLevel, "<|endoftext|>").length, "<|endoftext|>".length);
    assert.deepEqual(byteLevel.decode([260, 260]), new Uint8Array());
  });
});

describe("a tokenizer.json with byte fallback", () => {
  it("joins across words, puts no space before the text, and spells the rest in bytes", () => {
    assert.deepEqual(spelt(fallback, "then the"), ["t", "he", "n", " the"]);
    const accented = [...fallback.encode(utf8("é"))];
    assert.deepEqual(accented, [3 + 0xc3, 3 + 0xa9]);
  });

  it("gives back the character that marks spaces", () => {
    const bytes = utf8("a\u2581b \u2581");
    assert.deepEqual(fallback.decode(fallback.encode(bytes)), bytes);
  });
});

describe("either kind of tokenizer.json", () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.array(fc.constantFrom(" the", "the ", "in", "\n", "\u2581", "\ufeff", "<s>", "\r\n"))
      .map((words) => words.join("")),
  ).map(utf8);
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(text, fc.uint8Array({ maxLength: 3 }), text)
      .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part]))),
  );

  it("gives any bytes back, with one token for one byte", () => {
    for (const tokenizer of [byteLevel, fallback]) {
      fc.assert(
        fc.property(anyBytes, (bytes) => {
          const tokens = tokenizer.encode(bytes);
          assert.deepEqual(tokenizer.decode(tokens), bytes.slice());
          for (const token of tokens) {
            assert.ok(token < tokenizer.vocabSize && tokenizer.tokenBytes(token).length > 0);
          }
        }),
        { numRuns: 300 },
      );
      for (let byte = 0; byte < 256; byte++) {
        assert.equal(tokenizer.encode(Uint8Array.of(byte)).length, 1, String(byte));
      }
    }
  });

  it("cuts text that its own rules would change into single bytes", () => {
    const json = structuredClone(byteLevelJson);
    const marks = { type: "Metaspace", replacement: "\u2581", prepend_scheme: "never" };
    json.pre_tokenizer = { type: "Sequence", pretokenizers: [marks, json.pre_tokenizer] };
    const changed = new HuggingFaceTokenizer(json, 261);
    assert.deepEqual([...changed.encode(utf8("the t"))], [...utf8("the t")]);
    assert.deepEqual([...changed.encode(utf8("the"))], [116, 257]);
  });

  it("is refused in little time when millions of its parts are wrong", () => {
    const wrong = Array(1_000_000).fill(1);
    const changes: ((json: typeof byteLevelJson) => void)[] = [
      (json) => json.model.merges = wrong,
      (json) => json.model.vocab = Object.fromEntries(wrong.map((_, i) => [i, ""])),
      (json) => json.added_tokens = wrong,
      (json) => json.pre_tokenizer = { type: "Sequence", pretokenizers: wrong },
      (json) => json.normalizer = { type: "Sequence", normalizers: wrong },
    ];
    for (const change of changes) {
      const json = structuredClone(byteLevelJson);
      change(json);
      const before = performance.now();
      assert.throws(() => new HuggingFaceTokenizer(json, 261), ValidationError);
      // Minutes, and gigabytes, if each wrong part were told.
      assert.ok(performance.now() - before < 5000, String(change));
    }
  });

  it("is refused when it could lose bytes or runs patterns of its own", () => {
    type Json = typeof byteLevelJson;
    const cases: [Json, number, (json: Json) => void, RegExp][] = [
      [byteLevelJson, 261, (json) => json.model.type = "WordPiece", /model\.type: expected "BPE"/],
      [byteLevelJson, 261, (json) => delete json.model.vocab["\u0120"], /\u0120 is missing/],
      [byteLevelJson, 260, () => {}, /ids below the model's 260, not 260/],
      [byteLevelJson, 261, (json) => json.model.vocab.zz = 97, /one token of id 97, not two/],
      [byteLevelJson, 261, (json) => json.model.vocab.zz = -1, /vocab\.zz: expected an id/],
      [byteLevelJson, 261, (json) => json.model.merges = 1, /model\.merges: expected pairs/],
      [byteLevelJson, 261, (json) => json.added_tokens = null, /added_tokens: expected a list/],
      [byteLevelJson, 261, (json) => json.added_tokens[0].lstrip = true, /nothing may be lost/],
      [byteLevelJson, 261, (json) => json.normalizer = { type: "NFC" }, /normalizer: expected/],
      [byteLevelJson, 261, (json) => {
        json.pre_tokenizer = { type: "Split", pattern: { Regex: "(a+)+$" } };
      }, /pre_tokenizer: expected null, or stages of type ByteLevel/],
      [byteLevelJson, 261, (json) => json.pre_tokenizer = null, /byte_fallback: expected true/],
      [fallbackJson, 291, (json) => delete json.model.vocab["<0x00>"], /<0x00> is missing/],
      // A byte whose token spells nothing, or more, would be scored at another place or at none.
      [byteLevelJson, 261, (json) => {
        json.added_tokens.push({ id: 97, content: "a", special: true });
      }, /added_tokens: expected no other text for token 97, which is byte 97/],
      [fallbackJson, 291, (json) => {
        json.added_tokens.push({ id: 100, content: "<0x61>", special: false });
      }, /added_tokens: expected no other text for token 100, which is byte 97/],
    ];
    for (const [base, vocabSize, change, message] of cases) {
      const json = structuredClone(base);
      change(json);
      assert.throws(
        () => new HuggingFaceTokenizer(json, vocabSize),
        (error) => error instanceof ValidationError && message.test(error.message),
        String(message),
      );
    }
    for (const json of [null, [], "x", {}]) {
      assert.throws(() => new HuggingFaceTokenizer(json, 261), ValidationError);
    }
  });
});

describe("stretches of UTF-8", () => {
  it("are those a strict decoder accepts", () => {
    const isUtf8 = (bytes: Uint8Array) => {
      try {
        new TextDecoder("utf-8", { fatal: true }).decode(bytes.slice());
        return true;
      } catch {
        return false;
      }
    };
    const nasty = fc.constantFrom(...[0, 0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2], ...[
      0xdf,
      0xe0,
      0xe1,
      0xed,
      0xef,
      0xf0,
      0xf1,
      0xf4,
      0xf5,
      0xff,
    ]);
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 12 }), (array) => {
        const bytes = Uint8Array.from(array);
        const stretches = utf8Stretches(bytes);
        assert.equal(isUtf8(bytes), stretches.every(({ isText }) => isText));
        let at = 0;
        for (const { from, to, isText } of stretches) {
          assert.equal(from, at);
          if (isText) assert.ok(isUtf8(bytes.subarray(from, to)));
          // No character begins inside what is not text.
          else {for (let i = from; i < to; i++) {
              for (let n = 1; n <= 4; n++) {
                assert.ok(i + n > to || !isUtf8(bytes.subarray(i, i + n)));
              }
            }}
          at = to;
        }
        assert.equal(at, bytes.length);
      }),
      { numRuns: 400 },
    );
  });
});
