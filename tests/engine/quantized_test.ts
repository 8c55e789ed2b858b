import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { groupOf, paddedColumns, quantizeMatrix } from "../../lib/engine/quantize.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import {
  INT4,
  INT8,
  quantizedLogits,
  quantizedProduct,
  quantizedScores,
} from "../oracle/quantized.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, ids, noise } from "./numbers.ts";
import { MODERN, variant } from "./architectures.ts";
import { config } from "./runs.ts";

const bench = await kernelBench();
const engine = await testEngine();
const KINDS = [["int8", INT8], ["int4", INT4]] as const;

/** m, n, k: single rows, edges of tiles, groups that are whole, partial and several. */
const SHAPES: [number, number, number][] = [
  [1, 4, 4],
  [1, 8, 64],
  [2, 12, 60],
  [3, 36, 68],
  [4, 8, 128],
  [5, 20, 132],
  [9, 4, 196],
  [13, 32, 256],
];

for (const [arithmetic, rule] of KINDS) {
  describe(`the ${arithmetic} product`, () => {
    it("equals the oracle at awkward sizes", () => {
      for (const [m, n, k] of SHAPES) {
        const a = noise(m * k, k, 4), b = noise(k * n, n, 4);
        // A row and a column of zeros have no scale; a tie goes to the even number.
        a.fill(0, 0, k);
        for (let i = 0; i < k; i++) b[i * n + 1] = 0;
        if (m > 1) a.set([127, 0.5, -1.5, 2.5], k);
        const got = bench.scope(() => {
          const { scales, bytes } = quantizeMatrix(arithmetic, (i, j) => b[i * n + j], k, n);
          const packed = bench.scratch(bytes.length);
          bench.putBytes(packed, bytes);
          const pa = bench.put(a), pc = bench.room(m * n), ps = bench.put(scales);
          const numbers = bench.scratch(2 * m * k), rowScales = bench.room(m);
          bench.kernels.quantizeRows(numbers, rowScales, pa, m, k);
          const gemm = arithmetic === "int8" ? bench.kernels.gemmInt8 : bench.kernels.gemmInt4;
          // deno-fmt-ignore
          gemm(pc, n, numbers, rowScales, packed, ps, paddedColumns(n), m, n, k, groupOf(arithmetic, k));
          return bench.take(pc, m * n);
        });
        const want = quantizedProduct(rule, [m, n, k], a, (i, j) => b[i * n + j]);
        assertSameBits(got, want, `${m}×${n}×${k}`);
      }
    });
  });

  describe(`a model loaded for ${arithmetic}`, () => {
    const shape = config([2, 24, 3, 19, 44, 36]);
    const weights = noise(parameterCount(shape), 4, 1).map((value) => value * 0.3);
    const text = (length: number, seed: number) => [...ids(length, seed, shape.vocabSize)];

    it("scores and continues texts as the oracle does", async () => {
      const model = await engine.loadModel(shape, weights, { arithmetic });
      const texts = [text(2, 1), text(20, 2), text(9, 3)];
      const scores = await model.scoreSequences(texts);
      texts.forEach((tokens, i) =>
        assertSameBits(scores[i], quantizedScores(rule, shape, weights, tokens), `text ${i}`)
      );
      const want = quantizedLogits(rule, shape, weights, texts[2]).slice(-shape.vocabSize);
      assertSameBits(await model.nextLogits(texts[2]), want, "logits");
      // One token after another from the cache, the same as all at once.
      const [written] = await model.generate([texts[2]], { maxTokens: 6, temperature: 0 });
      const [again] = await model.scoreSequences([[...texts[2], ...written]]);
      const whole = quantizedScores(rule, shape, weights, [...texts[2], ...written]);
      assertSameBits(again, whole, "what was written");
      model.close();
    });

    it("differs from the exact model, a little", async () => {
      const [exact, rounded] = await Promise.all([
        engine.loadModel(shape, weights),
        engine.loadModel(shape, weights, { arithmetic }),
      ]);
      const [a] = await exact.scoreSequences([text(20, 2)]);
      const [b] = await rounded.scoreSequences([text(20, 2)]);
      const mean = (values: Float32Array) => values.reduce((x, y) => x + y) / values.length;
      assert.notDeepEqual(a, b);
      const limit = arithmetic === "int8" ? 0.05 : 0.5;
      assert.ok(Math.abs(mean(a) - mean(b)) < limit, `${mean(a)} and ${mean(b)}`);
    });

    it("is near the exact model in the newer architectures too, cached or not", async () => {
      const modern = variant([2, 24, 6, 19, 44, 36], { ...MODERN, kvHeads: 2 });
      const some = noise(parameterCount(modern), 4, 1).map((value) => value * 0.3);
      const tokens = text(19, 2);
      const [exact, rounded] = await Promise.all([
        engine.loadModel(modern, some),
        engine.loadModel(modern, some, { arithmetic }),
      ]);
      const [a] = await exact.scoreSequences([tokens]);
      const [b] = await rounded.scoreSequences([tokens]);
      const error = a.reduce((sum, nll, i) => sum + Math.abs(nll - b[i]), 0) / a.length;
      assert.ok(error > 0 && error < (arithmetic === "int8" ? 0.05 : 0.5), `${error}`);
      const [written] = await rounded.generate([tokens.slice(0, 8)], {
        maxTokens: 5,
        temperature: 0,
      });
      for (const [i, token] of written.entries()) {
        const logits = await rounded.nextLogits([...tokens.slice(0, 8), ...written.slice(0, i)]);
        assert.equal(token, logits.indexOf(Math.max(...logits)));
      }
      for (const model of [exact, rounded]) model.close();
    });

    it("gives equal bits on any number of threads", async () => {
      const wide = config([2, 256, 8, 24, 1024, 256]);
      const some = noise(4099, 5, 1);
      const large = Float32Array.from(
        { length: parameterCount(wide) },
        (_, i) => 0.1 * some[i % some.length],
      );
      const results = [];
      for (const threads of [1, 2, 3]) {
        const team = await instantiateEngine(await engineBinary(), {
          threads,
          spawn: spawnComputeThread,
        });
        const model = await team.loadModel(wide, large, { arithmetic });
        const [scores] = await model.scoreSequences([[...ids(25, 1, 256)]]);
        const logits = await model.nextLogits([5, 6, 7]);
        team.close();
        results.push({ scores, logits });
      }
      for (const { scores, logits } of results) {
        assertSameBits(scores, results[0].scores, "scores");
        assertSameBits(logits, results[0].logits, "logits of three rows");
      }
    });
  });
}
