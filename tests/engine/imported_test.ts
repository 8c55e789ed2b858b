import assert from "node:assert/strict";
import { afterAll, describe, it } from "@std/testing/bdd";
import { ValidationError } from "../../lib/errors.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import type { ImportedOptions } from "../../lib/format/imported.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import { geluTanh } from "../oracle/exp_erf.ts";
import { f32 } from "../oracle/float_bits.ts";
import { generate, nextLogits, scoreSequence } from "../oracle/generate.ts";
import { layerNorm } from "../oracle/layernorm.ts";
import * as precise from "../oracle/precise.ts";
import { rmsNorm } from "../oracle/rmsnorm.ts";
import { engineBinary } from "../support/engine.ts";
import { MODERN, variant } from "./architectures.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSameBits, ids, noise } from "./numbers.ts";
import { config, loudWeights, OPTIMIZER } from "./runs.ts";

const binary = await engineBinary();
/** Engines of 1, 2 and 3 threads. */
const engines: Engine[] = [];
for (const threads of [1, 2, 3]) {
  engines.push(await instantiateEngine(binary, { threads, spawn: spawnComputeThread }));
}
const bench = await kernelBench();
const { kernels } = bench;

function withOptions(shape: ModelConfig, imported: ImportedOptions): ModelConfig {
  return { ...shape, imported };
}

const LLAMA3 = {
  type: "llama3",
  factor: 8,
  lowFrequencyFactor: 1,
  highFrequencyFactor: 4,
  originalContext: 16,
} as const;

/** Vocabularies of every remainder by 4. Sizes: layers, dModel, heads, ctx, dMlp, vocabSize. */
const SHAPES: [string, ModelConfig][] = [
  ["GELU by tanh", withOptions(config([1, 16, 2, 7, 12, 20]), { gelu: "tanh" })],
  ["another epsilon", withOptions(config([1, 12, 1, 5, 8, 21]), { normEpsilon: 0.02 })],
  [
    "RMS norm of another epsilon",
    withOptions(variant([1, 12, 1, 5, 8, 22], { norm: "rmsnorm" }), { normEpsilon: 1e-6 }),
  ],
  ["another scale", withOptions(config([1, 16, 4, 7, 12, 23]), { attentionScale: 1 })],
  ["windows", withOptions(config([3, 8, 2, 40, 8, 21]), { windows: [5, 0, 33] })],
  [
    "a GPT-Neo",
    withOptions(config([2, 16, 4, 9, 12, 23]), {
      gelu: "tanh",
      normEpsilon: 1e-3,
      attentionScale: 1,
      windows: [0, 3],
      withoutBias: ["attn.q_proj", "attn.k_proj", "attn.v_proj"],
    }),
  ],
  [
    "linear rotary scaling",
    withOptions(variant([1, 24, 2, 19, 12, 21], { ...MODERN, kvHeads: 1 }), {
      rotaryScaling: { type: "linear", factor: 2.5 },
    }),
  ],
  [
    "a Llama with scaling and some biases",
    withOptions(variant([2, 48, 4, 19, 12, 22], { ...MODERN, biases: true, kvHeads: 2 }), {
      rotaryScaling: LLAMA3,
      normEpsilon: 1e-6,
      withoutBias: ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"],
    }),
  ],
];

describe("an imported model", () => {
  afterAll(() => engines.forEach((engine) => engine.close()));

  for (const [name, shape] of SHAPES) {
    it(`scores and continues texts as the oracle does, from a cache: ${name}`, async () => {
      const weights = loudWeights(shape, 3), { ctx, vocabSize } = shape;
      const text = (length: number, seed: number) => [...ids(length, seed, vocabSize)];
      const texts = [2, ctx + 1].map((length) => text(length, length));
      // The last id stands beside the padding; the last prompt runs past the context.
      texts[1].fill(vocabSize - 1, 1, 3);
      const prompts = [1, ctx - 1].map((n) => text(n, 60 + n));
      const sampling = { temperature: 1.1, seed: 6 };
      const scores = texts.map((tokens) => scoreSequence(shape, weights, tokens));
      const logits = nextLogits(shape, weights, texts[1].slice(0, ctx));
      const written = prompts.map((prompt, row) =>
        generate(shape, weights, prompt, 3, sampling, row)
      );
      for (const engine of engines) {
        const model = await engine.loadModel(shape, weights);
        const got = await model.scoreSequences(texts);
        texts.forEach((_, i) => assertSameBits(got[i], scores[i], `text ${i}`));
        const next = await model.nextLogits(texts[1].slice(0, ctx));
        assertSameBits(next, logits, "logits");
        assert.deepEqual(await model.generate(prompts, { ...sampling, maxTokens: 3 }), written);
        model.close();
      }
    });
  }

  it("continues a text alike on any number of threads, rows shared by columns", async () => {
    const shape = withOptions(config([3, 256, 8, 40, 1024, 257]), {
      gelu: "tanh",
      normEpsilon: 1e-3,
      windows: [0, 3, 33],
    });
    const weights = loudWeights(shape, 5), options = { temperature: 1, seed: 4, maxTokens: 3 };
    const prompt = [...ids(36, 1, 257)];
    const results = [];
    for (const engine of engines) {
      const model = await engine.loadModel(shape, weights);
      results.push([
        await model.generate([prompt, [256]], options),
        await model.generate([prompt], options),
        await model.nextLogits([256, 2]),
      ]);
      model.close();
    }
    for (const other of results.slice(1)) assert.deepEqual(other, results[0]);
  });

  it("is not trained, nor is a vocabulary that is no multiple of 4", async () => {
    const run = { optimizer: OPTIMIZER, batchSize: 1, steps: 1, seed: 1 };
    const [, imported] = SHAPES[0];
    for (
      const [shape, path] of [[imported, "model.imported"], [
        config([1, 8, 2, 4, 8, 21]),
        "model.vocabSize",
      ]] as const
    ) {
      await assert.rejects(
        engines[0].createTrainer({ ...run, config: shape }),
        (error) => error instanceof ValidationError && error.path === path,
      );
    }
  });
});

describe("kernels of imported models", () => {
  const geluOf = (x: Float32Array) =>
    bench.scope(() => {
      const zeros = bench.put(new Float32Array(x.length)), out = bench.room(x.length);
      kernels.biasGeluTanh(out, bench.put(x), zeros, 0, 1, x.length);
      return bench.take(out, x.length);
    });

  it("compute GELU by tanh to the oracle's bits, within 2.1 ULP of x", () => {
    const limits = [0, -0, 1e-40, -1e-40, 1e-20, 1e19, -1e19, 1e30, -1e30, 13, -13, 5, -5.5];
    const x = Float32Array.from([...limits, ...noise(20_003, 4, 6), ...noise(4_000, 5, 1)]);
    const got = geluOf(x);
    // The bias of +0 makes −0 to +0.
    assertSameBits(got, x.map((value) => geluTanh(value + 0)), "gelu");
    const within = x.filter((value) => Math.abs(value) < 12 && Math.abs(value) > 1e-30);
    const y = geluOf(within.slice(0, 4000));
    const errors = y.map((value, i) => {
      const unitOfX = Math.floor(Math.log2(Math.abs(within[i]))) - 23;
      return precise.ulps(value, precise.geluTanh(precise.fixed(within[i])), 24, unitOfX);
    });
    assert.ok(Math.max(...errors) <= 2.1, `${Math.max(...errors)}`);
  });

  it("norm rows with any epsilon, centred or not", () => {
    for (const [rows, n] of [[1, 4], [3, 20], [5, 68]]) {
      const x = noise(rows * n, 1), gain = noise(n, 2), bias = noise(n, 3);
      for (const [epsilon, centred] of [[1e-5, true], [0.3, true], [1e-12, false]] as const) {
        const got = bench.scope(() => {
          const out = bench.room(rows * n), px = bench.put(x);
          const parameters = [bench.put(gain), bench.put(bias)] as const;
          kernels.normWith(out, px, ...parameters, 0, 1, n, epsilon, centred);
          kernels.normWith(out, px, ...parameters, 1, rows, n, epsilon, centred);
          return bench.take(out, rows * n);
        });
        const want = centred
          ? layerNorm(x, gain, bias, f32(epsilon))
          : rmsNorm(x, gain, bias, f32(epsilon));
        assertSameBits(got, want, `${rows}×${n}, epsilon ${epsilon}`);
      }
    }
  });
});
