import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ValidationError } from "../../lib/errors.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { firstKey, probabilities } from "../oracle/attention.ts";
import { attentionShape, forward, readOut, tensorsOf } from "../oracle/model.ts";
import { testEngine } from "../support/engine.ts";
import { VARIANTS } from "./architectures.ts";
import { assertSameBits, ids } from "./numbers.ts";
import { config, loudWeights } from "./runs.ts";

const engine = await testEngine();

/** Sizes: layers, dModel, heads, ctx, dMlp, vocabSize; vocabularies of every remainder by 4. */
const SHAPES: [string, ModelConfig][] = [
  ["the older format's block", config([3, 24, 3, 19, 44, 37])],
  ["windows and another scale", {
    ...config([3, 8, 2, 40, 8, 22]),
    imported: { windows: [5, 0, 33], attentionScale: 1, normEpsilon: 1e-3 },
  }],
  ...VARIANTS,
];

/** What the engine tells of `tokens`, by layer and head, and by depth. */
async function traced(shape: ModelConfig, weights: Float32Array, tokens: Int32Array) {
  const model = await engine.loadModel(shape, weights);
  const attention: Float32Array[][] = [];
  const logits: Float32Array[][] = [];
  await model.trace(tokens, {
    attention: (layer, head, map) => (attention[layer] ??= [])[head] = map,
    logits: (depth, rows) => logits[depth] = rows,
  });
  const next = await model.nextLogits(tokens);
  model.close();
  return { attention, logits, next };
}

describe("trace", () => {
  for (const [name, shape] of SHAPES) {
    for (const n of [shape.ctx, 3, 1]) {
      it(`equals the oracle, ${name}, ${n} tokens`, async () => {
        const weights = loudWeights(shape, 3), tokens = ids(n, n, shape.vocabSize);
        const { attention, logits, next } = await traced(shape, weights, tokens);
        const w = tensorsOf(shape, weights);
        const { blocks, x } = forward(shape, w, tokens, n);
        blocks.forEach((block, layer) => {
          const heads = attentionShape(shape, n, layer);
          assert.equal(attention[layer].length, shape.heads);
          attention[layer].forEach((map, h) => {
            const want = new Float32Array(n * n);
            for (let t = 0; t < n; t++) {
              want.set(probabilities(block.q, block.k, t, h, heads), t * n + firstKey(t, heads));
            }
            assertSameBits(map, want, `layer ${layer}, head ${h}`);
          });
        });
        const stream = [...blocks.map((block) => block.x), x];
        assert.equal(logits.length, shape.layers + 1);
        logits.forEach((rows, depth) => {
          const want = readOut(shape, w, stream[depth]).logits, V = shape.vocabSize;
          rows.forEach((row, t) =>
            assertSameBits(row, want.slice(t * V, (t + 1) * V), `depth ${depth}, position ${t}`)
          );
        });
        assertSameBits(logits[shape.layers][n - 1], next, "the model's own logits");
      });
    }
  }

  it("leaves the model as it was, and may be asked for one thing alone", async () => {
    const [, shape] = SHAPES[0];
    const tokens = ids(7, 1, shape.vocabSize);
    const model = await engine.loadModel(shape, loudWeights(shape, 3));
    const before = await model.nextLogits(tokens);
    let told = 0;
    await model.trace(tokens, { attention: () => told++ });
    assert.equal(told, shape.layers * shape.heads);
    await model.trace(tokens, { logits: () => told-- });
    assert.equal(told, shape.layers * shape.heads - shape.layers - 1);
    assertSameBits(await model.nextLogits(tokens), before, "logits");
    model.close();
  });

  it("refuses no tokens, too many and foreign ones", async () => {
    const [, shape] = SHAPES[0];
    const model = await engine.loadModel(shape, loudWeights(shape, 3));
    for (const bad of [[], ids(20, 1, 37), [37], [-1]]) {
      await assert.rejects(model.trace(bad, {}), ValidationError);
    }
    model.close();
  });
});
