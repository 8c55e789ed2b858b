import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBenchmarkModel, textWindows } from "../../lib/benchmarks/model.ts";
import { HOST_MATH, pairModel } from "./models.ts";

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i % 200);

describe("textWindows", () => {
  it("predicts every byte but the first exactly once, with one byte of overlap", () => {
    for (const length of [0, 1, 2, 4, 5, 6, 8, 9, 10, 33]) {
      const predicted: number[] = [];
      for (const { start, bytes } of textWindows(counting(length), 4)) {
        assert.ok(bytes.length >= 2 && bytes.length <= 5);
        assert.deepEqual(bytes, counting(length).subarray(start, start + bytes.length));
        for (let i = 1; i < bytes.length; i++) predicted.push(start + i);
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
      const scores = await createBenchmarkModel(inference, HOST_MATH).scoreBytes(texts);
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
    await createBenchmarkModel(inference, HOST_MATH).scoreBytes([counting(150)], { onProgress });
    assert.equal(inference.calls, 3);
    assert.deepEqual(fractions, [16 / 38, 32 / 38, 1]);
  });

  it("counts parameters from the shape and passes bytes through generation", async () => {
    const model = createBenchmarkModel(pairModel(8), HOST_MATH);
    assert.equal(model.parameters, 256 * 4 + 8 * 4 + 8 + 4 * 20 + 16 + 20 + 20);
    const outputs = await model.generate([counting(3), Uint8Array.of(7)], {
      temperature: 0,
      maxBytes: 2,
    });
    assert.deepEqual(outputs, [Uint8Array.of(0, 0), Uint8Array.of(7, 7)]);
  });
});
