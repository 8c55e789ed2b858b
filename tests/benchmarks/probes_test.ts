import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { type ProbeResult, PROBES, runProbes } from "../../lib/benchmarks/probes.ts";
import type { Engine, InferenceModel } from "../../lib/engine/engine.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { MODERN, variant } from "../engine/architectures.ts";
import { testEngine } from "../support/engine.ts";

const SMALL: ModelConfig = { layers: 2, dModel: 16, heads: 2, ctx: 48, dMlp: 20, vocabSize: 256 };

/** Weights far from their first draw, so that distributions are sharp. */
function weights(config: ModelConfig): Float32Array {
  return Float32Array.from(
    { length: parameterCount(config) },
    (_, i) => ((i * 7919) % 1013) / 1013 - 0.5,
  );
}

describe("the probes", () => {
  let engine: Engine;
  let honest: InferenceModel;
  beforeAll(async () => {
    engine = await testEngine();
    honest = await engine.loadModel(SMALL, weights(SMALL));
  });
  afterAll(() => engine.close());

  const probe = (model: InferenceModel) => runProbes(model, engine.math);

  /** A model that does as the honest one but for `change`. */
  function broken(change: Partial<InferenceModel>): InferenceModel {
    return {
      config: honest.config,
      scoreSequences: (sequences) => honest.scoreSequences(sequences),
      nextLogits: (tokens) => honest.nextLogits(tokens),
      trace: (tokens, visitor) => honest.trace(tokens, visitor),
      generate: (prompts, options) => honest.generate(prompts, options),
      beamSearch: (prompts, options) => honest.beamSearch(prompts, options),
      close() {},
      ...change,
    };
  }

  function assertCaught(results: ProbeResult[], probe: ProbeResult["probe"], reason: RegExp) {
    const found = results.find((result) => result.probe === probe);
    assert.equal(found?.passed, false, JSON.stringify(results));
    assert.match(found.detail, reason);
  }

  for (
    const [name, config] of [
      ["of two pages", SMALL],
      ["of one position", { ...SMALL, ctx: 1 }],
      ["of two positions", { ...SMALL, ctx: 2 }],
      ["of many tokens", { ...SMALL, ctx: 5, vocabSize: 1000 }],
      ["of two tokens", { ...SMALL, vocabSize: 2 }],
      ["with every option", variant([2, 32, 4, 40, 20, 300], { ...MODERN, kvHeads: 2 })],
    ] as const
  ) {
    it(`pass a model ${name}, with the same words each time`, async () => {
      const model = await engine.loadModel(config, weights(config));
      const results = await probe(model);
      assert.deepEqual(results.map(({ probe }) => probe), [...PROBES]);
      assert.deepEqual(results.filter(({ passed }) => !passed), []);
      assert.deepEqual(await probe(model), results);
      model.close();
    });
  }

  it("put the same few tokens to a model of any size", async () => {
    let tokens = 0;
    const count = (texts: readonly ArrayLike<number>[], more = 0) =>
      tokens += texts.reduce((sum, { length }) => sum + length + more, 0);
    const counting = broken({
      scoreSequences: (sequences) => (count(sequences), honest.scoreSequences(sequences)),
      nextLogits: (context) => (count([context]), honest.nextLogits(context)),
      generate: (prompts, options) => (
        count(prompts, options.maxTokens), honest.generate(prompts, options)
      ),
    });
    await probe(counting);
    assert.ok(tokens <= 900, `${tokens} tokens`);
  });

  it("catch logits that are not finite", async () => {
    const model = broken({
      nextLogits: async (tokens) => (await honest.nextLogits(tokens)).with(7, NaN),
    });
    assertCaught(await probe(model), "distribution", /logit of token 7 .* is NaN/);
  });

  it("catch likelihoods that are those of no distribution", async () => {
    const model = broken({
      scoreSequences: async (sequences) =>
        (await honest.scoreSequences(sequences)).map((nats) => nats.map((n) => n * 0.999)),
    });
    assertCaught(await probe(model), "distribution", /is scored with .* the softmax .* gives/);
  });

  it("catch a model that knows the token it is asked for", async () => {
    const model = broken({
      scoreSequences: async (sequences) =>
        (await honest.scoreSequences(sequences)).map((nats) => nats.fill(0.01)),
    });
    assertCaught(await probe(model), "distribution", /is scored with 0\.0099/);
  });

  it("catch a model that reads one token further than it may, however little it uses it", async () => {
    const model = broken({
      scoreSequences: async (sequences) =>
        (await honest.scoreSequences(sequences)).map((nats, s) =>
          nats.map((n, i) =>
            i + 2 < sequences[s].length ? n + 2 ** -24 * n * sequences[s][i + 2] : n
          )
        ),
    });
    assertCaught(await probe(model), "no-look-ahead", /the model looks ahead/);
  });

  it("catch a model whose likelihoods depend on the last token alone", async () => {
    const model = broken({
      scoreSequences: async (sequences) =>
        (await honest.scoreSequences(sequences)).map((nats, s) =>
          nats.map((n, i) => i === 0 ? n + sequences[s][sequences[s].length - 1] : n)
        ),
    });
    assertCaught(await probe(model), "no-look-ahead", /likelihood at place 1/);
  });

  it("catch a model whose answer depends on the batch", async () => {
    const model = broken({
      scoreSequences: async (sequences) =>
        (await honest.scoreSequences(sequences)).map((nats) =>
          sequences.length === 1 ? nats.with(3, Math.fround(nats[3] * (1 + 2 ** -23))) : nats
        ),
    });
    assertCaught(await probe(model), "determinism", /by itself, text 1 has .* at place 4/);
  });

  it("catch a model that says something else the second time", async () => {
    let calls = 0;
    const model = broken({
      generate: async (prompts, options) => {
        const rows = await honest.generate(prompts, options);
        return ++calls % 2 === 0 ? rows.map((row) => row.with(-1, (row.at(-1)! + 1) % 256)) : rows;
      },
    });
    assertCaught(await probe(model), "determinism", /text 1 has other tokens/);
  });

  it("catch a model whose order of a batch matters", async () => {
    const model = broken({
      scoreSequences: async (sequences) => {
        const scores = await honest.scoreSequences(sequences);
        if (sequences.length === 2) scores[0][0] = Math.fround(scores[0][0] * (1 + 2 ** -23));
        return scores;
      },
    });
    assertCaught(await probe(model), "determinism", /a second time, in another order/);
  });

  it("stop when told to, and pass on what the model throws", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(runProbes(honest, engine.math, { signal }), /enough/);
    const model = broken({ nextLogits: () => Promise.reject(new Error("out of memory")) });
    await assert.rejects(probe(model), /out of memory/);
  });
});
