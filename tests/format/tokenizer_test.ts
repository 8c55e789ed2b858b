import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { utf8 } from "../../lib/bytes.ts";
import { FormatError } from "../../lib/errors.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { fileOf, someWeights, TINY } from "./tinygpt_files.ts";

const CONFIG: ModelConfig = { ...TINY, vocabSize: 260 };
/** th, the, " t", "he": four merges. */
const MERGES = Uint16Array.of(116, 104, 256, 101, 32, 116, 104, 101);
const TOKENIZER = new BpeTokenizer(MERGES, 4);
const FIELD = TOKENIZER.headerField;
const weights = someWeights(CONFIG);
const write = (tokenizer?: BpeTokenizer, header = {}) =>
  writeTinygpt({ config: CONFIG, step: 1, weights, dtype: "fp32", tokenizer, header });

/** The error for a header with this field. */
function refusal(tokenizer: unknown, version = 3, config = CONFIG): FormatError {
  const header = { config, tokenizer, includesOptimizerState: false };
  try {
    readHeader(fileOf(header, new Uint8Array(), version));
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return error;
  }
  assert.fail("the header was read");
}

describe("a file with a tokenizer", () => {
  it("is of version 3 and gives it back", () => {
    const file = readTinygpt(write(TOKENIZER));
    assert.equal(file.version, 3);
    assert.ok(file.tokenizer instanceof BpeTokenizer);
    assert.deepEqual(file.tokenizer.merges, MERGES);
    assert.deepEqual(file.tokenizer.encode(utf8("the tea")), Int32Array.of(257, 258, 101, 97));
    assert.equal(file.header.tokenizer, file.tokenizer);
    assert.equal(FIELD.merges, "7400680000016500200074006800" + "6500");
  });

  it("is of version 2, and its tokenizer unknown, when the file does not say", () => {
    const file = readTinygpt(write(undefined, { tokenizer: FIELD }));
    assert.equal(file.version, 2);
    assert.equal(file.tokenizer, null);
  });

  it("needs no word for bytes", () => {
    const config = { ...TINY, vocabSize: 256 };
    const options = { config, step: 0, weights: someWeights(config), dtype: "fp32" } as const;
    const file = readTinygpt(writeTinygpt({ ...options, tokenizer: BYTE_TOKENIZER }));
    assert.equal(file.version, 2);
    assert.equal(file.tokenizer, BYTE_TOKENIZER);
    assert.deepEqual(writeTinygpt(options), writeTinygpt({ ...options, tokenizer: null }));
  });

  it("has another digest than the same weights with another tokenizer", async () => {
    const other = new BpeTokenizer(MERGES.with(1, 105), 4);
    const digest = await modelDigest(CONFIG, weights, TOKENIZER);
    assert.notEqual(await modelDigest(CONFIG, weights, other), digest);
    assert.notEqual(await modelDigest(CONFIG, weights), digest);
    assert.equal(
      await modelDigest(TINY, someWeights(TINY), BYTE_TOKENIZER),
      await modelDigest(TINY, someWeights(TINY)),
    );
  });

  it("is refused under a version whose readers would misread it, and the reverse", () => {
    assert.match(refusal(FIELD, 2).message, /version 3 for a header with .* tokenizer/);
    assert.match(refusal(undefined, 3).message, /or tokenizer at offset 4, got none/);
  });

  it("cannot be written for another vocabulary", () => {
    const config = { ...TINY, vocabSize: 264 };
    const options = { config, step: 0, weights: someWeights(config), dtype: "fp32" } as const;
    assert.throws(() => writeTinygpt({ ...options, tokenizer: TOKENIZER }), /264 tokens/);
  });

  const bad: [string, unknown, RegExp][] = [
    [
      "text",
      "bytes",
      /tokenizer: expected an object of type, maxEntryBytes and merges, got "bytes"/,
    ],
    ["of another type", { ...FIELD, type: "unigram" }, /tokenizer\.type: expected "bpe"/],
    ["with a key too many", { ...FIELD, vocab: {} }, /tokenizer: expected/],
    ["without a cap", { ...FIELD, maxEntryBytes: undefined }, /tokenizer\.maxEntryBytes/],
    [
      "with a cap of none",
      { ...FIELD, maxEntryBytes: 0 },
      /maxEntryBytes: expected 2 to 32, got 0/,
    ],
    ["with half a merge", { ...FIELD, merges: FIELD.merges.slice(4) }, /8 lower-case hex/],
    ["with other digits", { ...FIELD, merges: FIELD.merges.replace("65", "6G") }, /8 lower-case/],
    ["with merges that are a list", { ...FIELD, merges: [1, 2] }, /merges: expected hexadecimal/],
    ["too long", { ...FIELD, merges: "61006200".repeat(7937) }, /at most 63488 hexadecimal digits/],
    [
      "of another vocabulary",
      { ...FIELD, merges: FIELD.merges + "6100620061006300610064006100" + "6500" },
      /expected 260 tokens, as config\.vocabSize says, got 264 tokens/,
    ],
    [
      "that joins a later entry",
      { ...FIELD, merges: "0301" + FIELD.merges.slice(4) },
      /tokenizer\.merges\.0: expected two tokens below 256, got 259 and 104/,
    ],
    [
      "with an entry too long",
      { ...FIELD, maxEntryBytes: 2 },
      /tokenizer\.merges\.1: expected at most 2 bytes, got 3 bytes/,
    ],
    [
      "that spells an entry twice",
      { ...FIELD, merges: FIELD.merges.slice(0, 24) + "74006800" },
      /tokenizer\.merges\.3: expected bytes no earlier entry spells/,
    ],
  ];
  for (const [name, field, message] of bad) {
    it(`is refused when it is ${name}`, () => {
      assert.match(refusal(JSON.parse(JSON.stringify(field))).message, message);
    });
  }

  it("is refused beside a vocabulary of bytes", () => {
    const message = refusal(FIELD, 3, { ...CONFIG, vocabSize: 256 }).message;
    assert.match(message, /expected 256 tokens/);
  });
});
