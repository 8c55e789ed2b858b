import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBenchmarkModel, tokenWindows } from "../../lib/benchmarks/model.ts";
import { BYTE_TOKENIZER, type Tokenizer } from "../../lib/tokenizers/tokenizer.ts";
import { HOST_MATH, pairModel } from "./models.ts";

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i % 200);

/** Cuts every two bytes into token 100 + the first; a byte left over is its own token. */
const PAIRS: Tokenizer = {
  vocabSize: 256,
  headerField: null,
  encode: (bytes) =>
    Int32Array.from(
      { length: Math.ceil(bytes.length / 2) },
      (_, i) => 2 * i + 1 < bytes.length ? 100 + bytes[2 * i] : bytes[2 * i],
    ),
  decode: (tokens) => Uint8Array.from(Array.from(tokens).flatMap((t) => [...PAIRS.tokenBytes(t)])),
  tokenBytes: (token) =>
    token < 100 ? Uint8Array.of(token) : Uint8Array.of(token - 100, token - 99),
};

describe("tokenWindows", () => {
  it("predicts every token but the first exactly once, with one token of overlap", () => {
    for (const length of [0, 1, 2, 4, 5, 6, 8, 9, 10, 33]) {
      const predicted: number[] = [];
      const text = Int32Array.from(counting(length));
      for (const { start, tokens } of tokenWindows(text, 4)) {
        assert.ok(tokens.length >= 2 && tokens.length <= 5);
        assert.deepEqual(tokens, text.subarray(start, start + tokens.length));
        for (let i = 1; i < tokens.length; i++) predicted.push(start + i);
      }
      assert.deepEqual(predicted, Array.from({ length: Math.max(0, length - 1) }, (_, i) => i + 1));
    }
  });
});

describe("createBenchmarkModel", () => {
  it("scores each byte after the byte before it, whatever the windows and groups", async () => {
    const texts = [counting(3), counting(1), counting(150), counting(0), counting(8)];
    for (const ctx of [1, 2, 7, 64, 200]) {
      const inference = pairModel(ctx);
      const scores = await createBenchmarkModel(inference, HOST_MATH, BYTE_TOKENIZER).scoreBytes(
        texts,
      );
      for (const [index, text] of texts.entries()) {
        const expected = Array.from(
          text.subarray(1),
          (byte, i) => Math.fround(text[i] + byte / 1000),
        );
        assert.deepEqual(Array.from(scores[index]), expected);
      }
      assert.ok(inference.longest <= ctx + 1);
    }
  });

  it("reports progress up to 1", async () => {
    const fractions: number[] = [];
    const onProgress = (fraction: number) => fractions.push(fraction);
    const inference = pairModel(4);
    await createBenchmarkModel(inference, HOST_MATH, BYTE_TOKENIZER).scoreBytes([counting(150)], {
      onProgress,
    });
    assert.equal(inference.calls, 3);
    assert.deepEqual(fractions, [16 / 38, 32 / 38, 1]);
  });

  it("counts parameters from the shape and passes bytes through generation", async () => {
    const model = createBenchmarkModel(pairModel(8), HOST_MATH, BYTE_TOKENIZER);
    assert.equal(model.parameters, 256 * 4 + 8 * 4 + 8 + 4 * 20 + 16 + 20 + 20);
    const outputs = await model.generate([counting(3), Uint8Array.of(7)], {
      temperature: 0,
      maxBytes: 2,
    });
    assert.deepEqual(outputs, [Uint8Array.of(0, 0), Uint8Array.of(7, 7)]);
  });

  it("scores tokens of several bytes at their last byte, and only the first byte is free", async () => {
    const text = Uint8Array.of(7, 1, 2, 3, 4, 5);
    for (const ctx of [1, 2, 8]) {
      const model = createBenchmarkModel(pairModel(ctx), HOST_MATH, PAIRS);
      const [nats] = await model.scoreBytes([text]);
      // Tokens: 7 | 1 2 | 3 4 | 5. A pair has the id 100 + its first byte.
      const expected = [0, 7 + 0.101, 0, 101 + 0.103, 103 + 0.005].map(Math.fround);
      assert.deepEqual(Array.from(nats), expected);
    }
  });

  it("generates at most the bytes asked for, and tells them as they come", async () => {
    const model = createBenchmarkModel(pairModel(8), HOST_MATH, PAIRS);
    const told: number[][] = [[], []];
    const options = {
      temperature: 0,
      maxBytes: 5,
      onBytes: (row: number, bytes: Uint8Array) => void told[row].push(...bytes),
      stop: (row: number, bytes: readonly number[]) => row === 1 && bytes.length >= 3,
    };
    const outputs = await model.generate([Uint8Array.of(1, 2), Uint8Array.of(9, 8)], options);
    assert.deepEqual(outputs, [Uint8Array.of(1, 2, 1, 2, 1), Uint8Array.of(9, 10, 9, 10)]);
    assert.deepEqual(told, outputs.map((bytes) => [...bytes]));
  });

  it("refuses to score without a tokenizer", async () => {
    const model = createBenchmarkModel(pairModel(8), HOST_MATH, null);
    assert.equal(model.hasTokenizer, false);
    await assert.rejects(model.scoreBytes([counting(3)]), /no tokenizer/);
  });
});
