import assert from "node:assert/strict";
import { afterAll, describe, it } from "@std/testing/bdd";
import { utf8 } from "../../lib/bytes.ts";
import type { InferenceModel } from "../../lib/engine/engine.ts";
import { parameterCount, tensorSpecs } from "../../lib/format/config.ts";
import { likeliest, probabilities, standingOf } from "../../lib/inspect/distribution.ts";
import { lookInside } from "../../lib/inspect/look.ts";
import { BINS, lookAtWeights } from "../../lib/inspect/weights.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { loudWeights } from "../engine/runs.ts";
import { exp64 } from "../oracle/exact64.ts";
import { nextLogits } from "../oracle/generate.ts";
import { testEngine } from "../support/engine.ts";

const CONFIG = { layers: 2, dModel: 16, heads: 2, ctx: 12, dMlp: 20, vocabSize: 256 };
const engine = await testEngine();
const { exp } = engine.math;
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);

describe("a distribution", () => {
  const logits = Float32Array.of(1, 3, -2, 3, 0.5);

  it("adds up to one and equals softmax by the oracle's exp", () => {
    const got = probabilities(logits, exp);
    assert.ok(Math.abs(sum(got) - 1) < 1e-15);
    const mass = [...logits].map((logit) => exp64(logit - 3));
    assert.deepEqual([...got], mass.map((value) => value / sum(mass)));
  });

  it("names the likeliest first, and of equals the lower id", () => {
    const got = likeliest(probabilities(logits, exp), 3);
    assert.deepEqual(got.map(({ token }) => token), [1, 3, 0]);
    assert.equal(got[0].probability, got[1].probability);
    assert.equal(likeliest(probabilities(logits, exp), 99).length, 5);
  });

  it("knows the place of every token in that order", () => {
    const probability = probabilities(logits, exp);
    const order = likeliest(probability, 5).map(({ token }) => token);
    order.forEach((token, i) => {
      const standing = standingOf(token, probability);
      assert.deepEqual(standing, { token, probability: probability[token], rank: i + 1 });
    });
  });
});

describe("a look inside", () => {
  const weights = loudWeights(CONFIG, 5);
  let model: InferenceModel;
  afterAll(() => model.close());

  it("names tokens, attends with weights that add up to one, and ends with the model's own", async () => {
    model = await engine.loadModel(CONFIG, weights);
    const text = utf8("tiny text");
    const look = await lookInside(model, BYTE_TOKENIZER, engine.math, text, { top: 4 });
    assert.deepEqual(look.tokens.map(({ id }) => id), [...text]);
    assert.deepEqual(look.tokens[0], { id: text[0], bytes: [text[0]] });
    assert.equal(look.left, 0);
    assert.deepEqual(look.attention.map((heads) => heads.length), [2, 2]);
    for (const map of look.attention.flat()) {
      for (let t = 0; t < text.length; t++) {
        const row = map.subarray(t * text.length, (t + 1) * text.length);
        assert.ok(Math.abs(sum(row) - 1) < 1e-6);
        assert.deepEqual(row.subarray(t + 1), new Float32Array(text.length - t - 1));
      }
    }
    assert.equal(look.lens.length, CONFIG.layers + 1);
    for (let t = 0; t < text.length; t++) {
      const own = probabilities(nextLogits(CONFIG, weights, [...text].slice(0, t + 1)), exp);
      const want = likeliest(own, 4).map((choice) => ({ ...choice, bytes: [choice.token] }));
      assert.deepEqual(look.lens[CONFIG.layers][t], want);
    }
  });

  it("keeps the end of a text that is too long, and says how much it left out", async () => {
    const text = utf8("longer than the context");
    const look = await lookInside(model, BYTE_TOKENIZER, engine.math, text);
    assert.equal(look.tokens.length, CONFIG.ctx);
    assert.equal(look.left, text.length - CONFIG.ctx);
    assert.equal(look.tokens.at(-1)!.id, text.at(-1));
    const few = await lookInside(model, BYTE_TOKENIZER, engine.math, text, { most: 3 });
    assert.equal(few.tokens.length, 3);
  });
});

describe("a look at weights", () => {
  it("counts every weight of every tensor once", () => {
    const looks = lookAtWeights(CONFIG, loudWeights(CONFIG, 5));
    assert.deepEqual(looks.map(({ name }) => name), tensorSpecs(CONFIG).map(({ name }) => name));
    assert.equal(sum(looks.flatMap(({ counts }) => counts)), parameterCount(CONFIG));
  });

  it("puts zero in the middle, ends in the outer bins, and knows mean and deviation", () => {
    const weights = new Float32Array(parameterCount(CONFIG));
    const [{ size }] = tensorSpecs(CONFIG);
    weights.set([-2, 2, 1, -1]);
    const [look, second] = lookAtWeights(CONFIG, weights);
    const { min, max, mean, reach, counts } = look;
    assert.deepEqual({ min, max, mean, reach }, { min: -2, max: 2, mean: 0, reach: 2 });
    assert.equal(look.deviation, Math.sqrt(10 / size));
    assert.deepEqual([counts[0], counts[20], counts[BINS - 1]], [1, size - 4, 1]);
    assert.deepEqual([counts[10], counts[30]], [1, 1]);
    assert.equal(second.reach, 0);
    assert.equal(second.counts[20], second.shape[0] * second.shape[1]);
  });
});
