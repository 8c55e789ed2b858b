import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { BeamSearch } from "../../lib/engine/beam_search.ts";
import type { BeamOptions, Engine, Hypothesis } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { ValidationError } from "../../lib/errors.ts";
import { type ModelConfig, parameterCount } from "../../lib/format/config.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import { beamSearch, logProbabilities } from "../oracle/beam_search.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSame64, assertSameBits, ids, noise } from "./numbers.ts";
import { config, loudWeights } from "./runs.ts";

const engine = await testEngine();
const bench = await kernelBench();

const SMALL = config([2, 24, 3, 19, 44, 12]);
/** Contexts of more than a page, so that pages are shared and parted. */
const LONG = config([1, 8, 1, 70, 12, 12]);

const ODD: ModelConfig = { ...config([1, 8, 2, 16, 12, 10]), imported: { gelu: "tanh" } };

/** Weights of a model in doubt: the end token has a chance at every length. */
function quietWeights(shape: ModelConfig, seed: number): Float32Array<ArrayBuffer> {
  return noise(parameterCount(shape), seed, 1).map((value) => value * 0.3);
}

const MODELS = [
  // The last prompts run past the context: the window slides.
  { shape: SMALL, weights: quietWeights(SMALL, 2), lengths: [1, 17, 25] },
  { shape: LONG, weights: quietWeights(LONG, 1), lengths: [1, 3, 30] },
  // Ids that fill memory up to a multiple of four are never found.
  { shape: ODD, weights: quietWeights(ODD, 3), lengths: [4] },
];

function text(length: number, seed: number, { vocabSize }: ModelConfig): number[] {
  return [...ids(length, seed, vocabSize)];
}

function assertSameTexts(got: Hypothesis[], want: Hypothesis[], what: string): void {
  assert.deepEqual(got.map(({ tokens }) => tokens), want.map(({ tokens }) => tokens), what);
  got.forEach(({ score }, i) => assertSame64(score, want[i].score, `${what}: score ${i}`));
}

const OPTIONS: [string, BeamOptions][] = [
  ["five beams", { beams: 5, maxTokens: 7 }],
  ["one beam", { beams: 1, maxTokens: 6, endToken: 5 }],
  ["an end token", { beams: 3, maxTokens: 8, endToken: 5 }],
  ["an end token, early", { beams: 3, maxTokens: 8, endToken: 5, earlyStopping: true }],
  ["a least length", { beams: 4, maxTokens: 8, minTokens: 3, endToken: 5 }],
  ["one length only", { beams: 2, maxTokens: 4, minTokens: 4, endToken: 5 }],
  ["sums not divided", { beams: 3, maxTokens: 8, endToken: 5, lengthPenalty: 0 }],
  ["a square", { beams: 3, maxTokens: 8, endToken: 5, lengthPenalty: 2 }],
  ["a power between", { beams: 3, maxTokens: 8, endToken: 5, lengthPenalty: 0.6 }],
  ["a power below 0", { beams: 3, maxTokens: 8, endToken: 5, lengthPenalty: -1 }],
  ["more beams than ids", { beams: 13, maxTokens: 3, endToken: 5 }],
];

describe("log-probabilities", () => {
  it("equal the negated loss of every id", () => {
    for (const V of [4, 8, 12, 16, 20, 36, 64, 260]) {
      const rows = 3, logits = noise(rows * V, V, 4);
      const got = bench.scope(() => {
        const at = bench.put(logits);
        bench.kernels.logProbabilities(at, 0, 1, V);
        bench.kernels.logProbabilities(at, 1, rows, V);
        return bench.take(at, rows * V);
      });
      const want = Array.from(
        { length: rows },
        (_, r) => logProbabilities(logits.subarray(r * V, (r + 1) * V)),
      );
      assertSameBits(got, Float32Array.from(want.flat(), (value) => value + 0), `width ${V}`);
    }
  });
});

describe("beam search", () => {
  for (const [name, options] of OPTIONS) {
    it(`equals the oracle, tokens and scores: ${name}`, async () => {
      for (const { shape, weights, lengths } of MODELS) {
        const model = await engine.loadModel(shape, weights);
        const prompts = lengths.map((n) => text(n, 70 + n, shape));
        const got = await model.beamSearch(prompts, options);
        prompts.forEach((prompt, i) => {
          assertSameTexts(got[i], beamSearch(shape, weights, prompt, options), `prompt ${i}`);
        });
        model.close();
      }
    });
  }

  it("ends texts at many lengths, and every option makes a difference", async () => {
    const results = new Set<string>(), lengths = new Set<number>();
    for (const [, options] of OPTIONS) {
      const found = [];
      for (const { shape, weights } of MODELS) {
        const model = await engine.loadModel(shape, weights);
        found.push(...await model.beamSearch([[0], text(3, 73, shape)], options));
      }
      results.add(JSON.stringify(found));
      found.flat().forEach(({ tokens }) => lengths.add(tokens.length));
    }
    assert.equal(results.size, OPTIONS.length);
    assert.ok(lengths.size >= 6, `lengths ${[...lengths]}`);
  });

  it("shares pages of the cache and parts them again, across their borders and past the context", async () => {
    const [, { weights }] = MODELS;
    const model = await engine.loadModel(LONG, weights);
    const options = { beams: 5, maxTokens: 10 };
    const prompts = [27, 33, 64].map((n) => text(n, n, LONG));
    const got = await model.beamSearch(prompts, options);
    prompts.forEach((prompt, i) => {
      assertSameTexts(got[i], beamSearch(LONG, weights, prompt, options), `prompt ${i}`);
    });
  });

  it("with one beam and no penalty is greedy", async () => {
    const model = await engine.loadModel(SMALL, loudWeights(SMALL, 5));
    const prompts = [text(4, 1, SMALL), text(9, 2, SMALL)];
    const greedy = await model.generate(prompts, { maxTokens: 9, temperature: 0 });
    const found = await model.beamSearch(prompts, { beams: 1, maxTokens: 9 });
    assert.deepEqual(found.map(([{ tokens }]) => tokens), greedy);
  });

  it("gives equal bits on any number of threads, prompts together or alone", async () => {
    const binary = await engineBinary();
    const shape = config([2, 256, 8, 40, 1024, 256]);
    const some = noise(4099, 5, 1);
    const weights = Float32Array.from(
      { length: parameterCount(shape) },
      (_, i) => 0.1 * some[i % some.length],
    );
    const prompts = [text(3, 1, shape), text(33, 2, shape)];
    const options = { beams: 3, maxTokens: 5, endToken: 7 };
    const results: Hypothesis[][][] = [];
    for (const threads of [1, 2, 3]) {
      const team: Engine = await instantiateEngine(binary, { threads, spawn: spawnComputeThread });
      const model = await team.loadModel(shape, weights);
      results.push(await model.beamSearch(prompts, options));
      results.push((await Promise.all(prompts.map((p) => model.beamSearch([p], options)))).flat());
      team.close();
    }
    for (const result of results.slice(1)) {
      result.forEach((texts, i) => assertSameTexts(texts, results[0][i], `prompt ${i}`));
    }
  });

  it("takes the lower beam and then the lower id among equals, whatever the order of their coming", () => {
    const search = new BeamSearch({ beams: 2, maxTokens: 3 }, (length) => length);
    const equal = Float32Array.of(-1, -1, -1, -1);
    assert.deepEqual(search.advance([equal]), [{ parent: 0, token: 0 }, { parent: 0, token: 1 }]);
    const second = Float32Array.of(-2, -1, -1, -2);
    assert.deepEqual(search.advance([equal, second]), [
      { parent: 0, token: 0 },
      { parent: 0, token: 1 },
    ]);
    assert.deepEqual(search.advance([second, equal]), []);
    assert.deepEqual(search.hypotheses.map(({ tokens }) => tokens), [[0, 0, 1], [0, 0, 2]]);
  });

  it("refuses options that cannot be, naming them", async () => {
    const model = await engine.loadModel(SMALL, loudWeights(SMALL, 5));
    const bad: [Partial<BeamOptions>, RegExp][] = [
      [{ beams: 0 }, /beams .* 1 to 64, got 0/],
      [{ beams: 2.5 }, /beams/],
      [{ maxTokens: 0 }, /maxTokens/],
      [{ minTokens: 9 }, /minTokens .* 0 to 8, got 9/],
      [{ endToken: 12 }, /endToken .* 0 to 11, got 12/],
      [{ lengthPenalty: NaN }, /lengthPenalty .* got NaN/],
    ];
    for (const [options, message] of bad) {
      await assert.rejects(
        model.beamSearch([[1]], { beams: 2, maxTokens: 8, ...options }),
        (error) => error instanceof ValidationError && message.test(error.message),
      );
    }
    await assert.rejects(model.beamSearch([[]], { beams: 2, maxTokens: 8 }), ValidationError);
  });

  it("refuses more beams than memory holds", async () => {
    const long = config([8, 64, 2, 4000, 4, 8]);
    const model = await engine.loadModel(long, loudWeights(long, 1));
    await assert.rejects(
      model.beamSearch([[1]], { beams: 40, maxTokens: 4000 }),
      /at most \d+ beams of 4000 tokens, got 40/,
    );
  });
});
