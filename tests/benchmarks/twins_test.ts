import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import type { BenchmarkModel } from "../../lib/benchmarks/benchmark.ts";
import { differenceInterval, twinGap } from "../../lib/benchmarks/gap.ts";
import { createBenchmarkModel } from "../../lib/benchmarks/model.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { REVERSE_16 } from "../../lib/benchmarks/reverse_16.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { parseTwinSeed, runTwins, twinCommitment } from "../../lib/benchmarks/twins.ts";
import { concatBytes, fromHex, uint32le, utf8 } from "../../lib/bytes.ts";
import { SeedRandom } from "../../lib/corpora/seed_random.ts";
import { reverse16Trials, sort6Trials, type Trial } from "../../lib/corpora/trials.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { sha256 } from "../../lib/hash.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { testEngine } from "../support/engine.ts";
import { answeringModel } from "./models.ts";

const SEED = fromHex("5a".repeat(32));
const OTHER = fromHex("5b".repeat(32));
const promptsOf = (trials: readonly Trial[]) => trials.map(({ prompt }) => prompt);

describe("numbers of a secret seed", () => {
  it("are SHA-256 of seed, purpose and block, read as uint32", async () => {
    const random = new SeedRandom(SEED, "chess@3");
    const blocks = await Promise.all(
      [0, 1].map((i) => sha256(concatBytes([utf8("seed/v1"), SEED, utf8("chess@3"), uint32le(i)]))),
    );
    const view = new DataView(concatBytes(blocks).buffer);
    for (let i = 0; i < 16; i++) assert.equal(random.next(), view.getUint32(4 * i, true));
  });

  it("need 32 bytes", () => {
    assert.throws(() => new SeedRandom(new Uint8Array(16), "x"), /32 bytes, got 16/);
    assert.throws(() => parseTwinSeed("5A".repeat(32)), /not the seed of a sealed twin/);
    assert.deepEqual(parseTwinSeed("5a".repeat(32)), SEED);
  });
});

describe("a sealed twin", () => {
  for (
    const [benchmark, open] of [[SORT_6, sort6Trials()], [REVERSE_16, reverse16Trials()]] as const
  ) {
    it(`of ${benchmark.id} is like the public trials and none of them`, () => {
      const trials = benchmark.twin!.trials(SEED);
      assert.equal(trials.length, open.length);
      const known = new Set(promptsOf(open));
      assert.deepEqual(promptsOf(trials).filter((prompt) => known.has(prompt)), []);
      const shape = /^sort: (\d )+= $|^reverse: [a-z]{4,16} = $/;
      assert.ok(promptsOf(trials).every((prompt) => shape.test(prompt)));
      const lengths = (all: readonly Trial[]) =>
        [...new Set(all.map(({ prompt }) => prompt.length))].toSorted((a, b) => a - b);
      assert.deepEqual(lengths(trials), lengths(open));
    });

    it(`of ${benchmark.id} follows from its seed, and another seed gives another`, () => {
      const trials = benchmark.twin!.trials(SEED);
      assert.deepEqual(benchmark.twin!.trials(SEED), trials);
      const other = new Set(promptsOf(benchmark.twin!.trials(OTHER)));
      assert.ok(promptsOf(trials).filter((prompt) => other.has(prompt)).length < 5);
    });
  }

  it("is what every generated task has", () => {
    const having = BENCHMARKS.filter(({ dataFile }) => dataFile === null);
    assert.deepEqual(having.filter(({ twin }) => twin === undefined), []);
  });

  it("is named by the hash of its seed", async () => {
    const digest = await sha256(utf8("twin-seed/v1"), SEED);
    assert.deepEqual(fromHex(await twinCommitment(SEED)), digest);
    assert.notEqual(await twinCommitment(OTHER), await twinCommitment(SEED));
  });

  it("is left out where the model cannot take the task", async () => {
    const short = { ...answeringModel(() => ""), contextLength: 40 };
    const outcomes = await runTwins(short, BENCHMARKS, SEED);
    assert.deepEqual(outcomes, [{ benchmark: "sort-6", version: 1, correct: 0, trials: 200 }]);
  });
});

describe("the gap between public and sealed trials", () => {
  it("has the intervals of Newcombe 1998, table II, method 10", () => {
    const of = (a: number, m: number, b: number, n: number) =>
      differenceInterval({ correct: a, trials: m }, { correct: b, trials: n })
        .map((end) => end.toFixed(4));
    assert.deepEqual(of(56, 70, 48, 80), ["0.0524", "0.3339"]);
    assert.deepEqual(of(9, 10, 3, 10), ["0.1705", "0.8090"]);
    assert.deepEqual(of(5, 56, 0, 29), ["-0.0381", "0.1926"]);
  });

  it("is in percentage points, and speaks of memory only when it is far from chance", () => {
    const gap = (open: number, sealed: number) =>
      twinGap({ correct: open, trials: 200 }, { correct: sealed, trials: 200 });
    assert.equal(gap(200, 190).gap, 5);
    assert.ok(gap(200, 190).interval[0] > 0);
    assert.equal(gap(200, 190).memorised, false);
    assert.equal(gap(200, 173).memorised, true);
    assert.equal(gap(100, 200).memorised, false);
    const [low, high] = gap(200, 200).interval;
    assert.equal(low, -high);
  });

  it("accuses an honest model less than once in a million, whatever its skill", () => {
    const worst = { strict: 0, mark: 0 };
    for (let percent = 1; percent < 100; percent++) {
      const chance = falseAccusations(percent / 100);
      worst.strict = Math.max(worst.strict, chance.strict);
      worst.mark = Math.max(worst.mark, chance.mark);
    }
    assert.ok(worst.strict > 5e-7 && worst.strict < 6e-7, String(worst.strict));
    assert.ok(worst.mark > 0.02 && worst.mark < 0.026, String(worst.mark));
  });
});

const N = 200;
const ACCUSED = Array.from({ length: N + 1 }, (_, open) => {
  let strict = -1, mark = -1;
  for (let sealed = 0; sealed < open; sealed++) {
    const found = twinGap({ correct: open, trials: N }, { correct: sealed, trials: N });
    if (found.interval[0] > 0) mark = sealed;
    if (found.memorised) strict = sealed;
  }
  return { strict, mark };
});

/** Exact: over all pairs of outcomes of two binomial counts of 200 with the same chance p. */
function falseAccusations(p: number): { strict: number; mark: number } {
  const mass = [(1 - p) ** N];
  for (let k = 1; k <= N; k++) mass.push(mass[k - 1] * (N - k + 1) / k * p / (1 - p));
  let sum = 0;
  const upTo = mass.map((m) => sum += m);
  const chance = { strict: 0, mark: 0 };
  for (const [open, { strict, mark }] of ACCUSED.entries()) {
    if (strict >= 0) chance.strict += mass[open] * upTo[strict];
    if (mark >= 0) chance.mark += mass[open] * upTo[mark];
  }
  return chance;
}

describe("sealed twins and real models", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await testEngine();
  });
  afterAll(() => engine.close());

  /** Trains on the public trials of reverse-16 and nothing else. */
  async function trainMemoriser(): Promise<BenchmarkModel> {
    const ctx = 44, batchSize = 25, steps = 220;
    const config = { layers: 1, dModel: 48, heads: 4, ctx, dMlp: 192, vocabSize: 256 };
    const optimizer = {
      ...{ learningRate: 0.006, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0 },
      ...{ gradClip: 1, muon: { learningRate: 0.03, momentum: 0.95 } },
      schedule: { name: "linear" as const, warmupSteps: 10, minLearningRate: 0.0006 },
    };
    const trainer = await engine.createTrainer({ config, optimizer, batchSize, steps, seed: 3 });
    const trials = reverse16Trials();
    for (let step = 0; step < steps; step++) {
      const tokens = new Int32Array(batchSize * ctx).fill(10);
      const targets = new Int32Array(batchSize * ctx).fill(-1);
      for (let row = 0; row < batchSize; row++) {
        const { prompt, answer } = trials[(step * batchSize + row) % trials.length];
        const text = utf8(`${prompt}${answer}\n`);
        tokens.set(text.subarray(0, ctx), row * ctx);
        targets.set(text.subarray(prompt.length), row * ctx + prompt.length - 1);
      }
      await trainer.trainStep({ tokens, targets });
    }
    const inference = await engine.loadModel(config, trainer.state().weights);
    trainer.close();
    return createBenchmarkModel(inference, engine.math, BYTE_TOKENIZER);
  }

  it("catch a model that has learned the 200 public trials by heart", async () => {
    const model = await trainMemoriser();
    const { examples, score } = await REVERSE_16.run(model, null, {});
    assert.ok(score > 95, `${score} % of the public trials`);
    const [twin] = await runTwins(model, [REVERSE_16], SEED);
    assert.ok(twin.correct < 20, `${twin.correct} of 200 sealed ones`);
    const correct = examples.filter(({ value }) => value === 1).length;
    assert.equal(twinGap({ correct, trials: 200 }, twin).memorised, true);
  });

  it("leave an honest solver alone, whatever the seed", async () => {
    const file = readTinygpt(
      await Deno.readFile(new URL("../../data/gallery/sort-6.tinygpt", import.meta.url)),
    );
    const inference = await engine.loadModel(file.config, file.weights);
    const model = createBenchmarkModel(inference, engine.math, file.tokenizer);
    const { score } = await SORT_6.run(model, null, {});
    for (const seed of [SEED, OTHER]) {
      const [twin] = await runTwins(model, [SORT_6], seed);
      const gap = twinGap({ correct: 2 * score, trials: 200 }, twin);
      assert.equal(gap.memorised, false);
      assert.ok(gap.interval[0] <= 0, JSON.stringify(gap));
    }
    inference.close();
  });
});
