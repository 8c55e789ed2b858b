import assert from "node:assert/strict";
import { afterAll, describe, it } from "@std/testing/bdd";
import type { Engine, TrainerOptions } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { DivergedError } from "../../lib/errors.ts";
import { tensorDigest } from "../../lib/format/digest.ts";
import golden from "../golden/digests.json" with { type: "json" };
import { goldenDigests } from "../golden/recipes.ts";
import { spawnComputeThread } from "../../workers/spawn_thread.ts";
import { engineBinary } from "../support/engine.ts";
import { assertSameBits, ids } from "./numbers.ts";
import { batchOf, config, loudWeights, OPTIMIZER, run } from "./runs.ts";

const binary = await engineBinary();
/** Engines of 1, 2, 3 and 4 threads. */
const engines: Engine[] = [];
for (const threads of [1, 2, 3, 4]) {
  engines.push(await instantiateEngine(binary, { threads, spawn: spawnComputeThread }));
}
const [alone, ...teams] = engines;

// layers, dModel, heads, ctx, dMlp, vocabSize; batch
const RUNS: [string, TrainerOptions][] = [
  ["one position of one token", run([1, 4, 1, 1, 4, 4], 1)],
  ["fewer rows than threads have tiles", run([1, 8, 1, 3, 8, 12], 2)],
  ["odd lengths everywhere", run([2, 24, 3, 19, 44, 36], 3, { steps: 6 })],
  ["micro-batches", run([2, 20, 5, 11, 36, 28], 3, { accumulationSteps: 3 })],
  [
    "Muon",
    run([2, 20, 5, 11, 36, 28], 2, {
      optimizer: { ...OPTIMIZER, muon: { learningRate: 0.02, momentum: 0.9 } },
    }),
  ],
  ["tensors of several blocks of the norm", run([3, 64, 2, 33, 256, 256], 5)],
];

function endAll(): void {
  for (const engine of engines) engine.close();
}

async function digestAfter(engine: Engine, options: TrainerOptions): Promise<string[]> {
  const trainer = await engine.createTrainer(options);
  const told: string[] = [];
  for (let i = 0; i < options.steps; i++) {
    const { lossNats, gradNorm } = await trainer.trainStep(batchOf(options, i));
    told.push(`${lossNats} ${gradNorm} ${await trainer.evaluate(batchOf(options, 99))}`);
  }
  const { weights, m, v } = trainer.state();
  trainer.close();
  for (const tensor of [weights, m, v]) told.push(await tensorDigest(tensor));
  return told;
}

describe("any number of threads", () => {
  afterAll(endAll);

  it("is what was asked for", () => {
    assert.deepEqual(engines.map(({ threads }) => threads), [1, 2, 3, 4]);
  });

  for (const [name, options] of RUNS) {
    it(`trains to the same bits: ${name}`, async () => {
      const want = await digestAfter(alone, options);
      for (const team of teams) assert.deepEqual(await digestAfter(team, options), want);
    });
  }

  it("gives the golden digests and passes the self-test", async () => {
    for (const team of teams) {
      assert.deepEqual(await goldenDigests(team), golden.runs, `${team.threads} threads`);
      assert.equal(await team.selfTest(), SELF_TEST_DIGEST);
    }
  });

  it("ends a run that diverges with the same error and the state as it was", async () => {
    const options = run([1, 8, 2, 4, 16, 12], 2);
    for (const team of teams) {
      const trainer = await team.createTrainer(options);
      const state = trainer.state();
      state.weights.fill(1e30);
      trainer.restore(state);
      await assert.rejects(trainer.trainStep(batchOf(options, 0)), DivergedError);
      assertSameBits(trainer.state().weights, state.weights, "weights");
      trainer.close();
    }
  });

  // Large enough that few rows are worth sharing; heads of 32 columns can be split, of 24 not.
  for (const shape of [config([2, 256, 8, 40, 1024, 256]), config([3, 192, 8, 40, 768, 256])]) {
    const head = shape.dModel / shape.heads;
    const text = (length: number, seed: number) => [...ids(length, seed, shape.vocabSize)];

    it(`scores and continues texts to the same bits, heads ${head} wide`, async () => {
      const weights = loudWeights(shape, 5);
      // 521 rows: a whole chunk and a last one of nine; then prompts of one, three and many rows.
      const texts = [...Array.from({ length: 13 }, (_, i) => text(41, i)), text(2, 20)];
      const prompts = [[text(4, 30)], [1, 2, 3].map((n) => text(n, 30 + n)), texts.slice(0, 9)];
      const results = await Promise.all(engines.map(async (engine) => {
        const model = await engine.loadModel(shape, weights);
        const scores = await model.scoreSequences(texts);
        const written = [];
        for (const some of prompts) {
          written.push(await model.generate(some, { temperature: 1, seed: 4, maxTokens: 6 }));
        }
        const logits = await model.nextLogits(texts[0].slice(0, 40));
        model.close();
        return { scores, written, logits };
      }));
      for (const { scores, written, logits } of results.slice(1)) {
        scores.forEach((nll, i) => assertSameBits(nll, results[0].scores[i], `text ${i}`));
        assertSameBits(logits, results[0].logits, "logits");
        assert.deepEqual(written, results[0].written);
      }
    });
  }
});

describe("an error in the middle of a text", () => {
  it("ends that call alone: the threads are at work again for the next", async () => {
    const shape = config([2, 256, 8, 24, 1024, 256]);
    const engine = await instantiateEngine(binary, { threads: 2, spawn: spawnComputeThread });
    const model = await engine.loadModel(shape, loudWeights(shape, 3));
    const options = { temperature: 0, maxTokens: 4 };
    const want = await model.generate([[1, 2, 3]], options);
    const onToken = () => {
      throw new Error("enough");
    };
    await assert.rejects(model.generate([[1, 2, 3]], { ...options, onToken }), /^Error: enough$/);
    await assert.rejects(model.scoreSequences([[1, 2, 999, 4, 5]]), /below 256, got 999/);
    assert.deepEqual(await model.generate([[1, 2, 3]], options), want);
    engine.close();
  });
});

describe("threads that cannot be had", () => {
  it("leave one, which says so", async () => {
    const spawns = [
      undefined,
      () => {
        throw new Error("no workers here");
      },
      () => new Worker("data:text/javascript,throw new Error('not this one')", { type: "module" }),
    ];
    for (const spawn of spawns) {
      const engine = await instantiateEngine(binary, { threads: 3, spawn });
      assert.equal(engine.threads, 1);
      assert.equal(await engine.selfTest(), SELF_TEST_DIGEST);
      engine.close();
    }
  });
});

/** A worker that plays along until its first job, and then does `action`. */
function badThread(action: string): () => Worker {
  const code = `onmessage = ({ data }) => {
    if (data.type === "start") postMessage({ type: "started" });
    if (data.type === "memory") postMessage({ type: "memory", id: data.id });
    if (data.type === "job") { ${action} }
  };`;
  const url = `data:text/javascript,${encodeURIComponent(code)}`;
  return () => new Worker(url, { type: "module" });
}

describe("a thread that fails", () => {
  const options = run([1, 8, 2, 4, 16, 12], 2);

  async function failure(spawn: () => Worker): Promise<Engine> {
    const engine = await instantiateEngine(binary, { threads: 2, spawn, patienceMs: 200 });
    const trainer = await engine.createTrainer(options);
    await assert.rejects(trainer.trainStep(batchOf(options, 0)), /compute thread/);
    // And again at once: nothing more comes of this engine.
    await assert.rejects(trainer.trainStep(batchOf(options, 0)), Error);
    await assert.rejects(engine.createTrainer(options), Error);
    return engine;
  }

  it("gives an error and no hang when it throws, stays silent or ends", async () => {
    for (const action of ["throw new Error('bad')", "", "close()"]) {
      (await failure(badThread(action))).close();
    }
  });

  it("says what happened to it", async () => {
    // A worker with the real program that is told of weights beyond its memory.
    const spawn = () => {
      const worker = spawnComputeThread();
      const post = worker.postMessage.bind(worker);
      worker.postMessage = (message) => {
        if (message.type !== "plan") return post(message);
        const { plan } = message, workspace = { ...plan.workspace, weights: 2 ** 31 };
        post({ ...message, plan: { ...plan, workspace } });
      };
      return worker;
    };
    const engine = await instantiateEngine(binary, { threads: 2, spawn });
    const trainer = await engine.createTrainer(options);
    await assert.rejects(
      trainer.trainStep(batchOf(options, 0)),
      /A compute thread failed: .*(bounds|RangeError)/,
    );
    engine.close();
  });

  it("is not missed after the engine is closed: work on it is refused", async () => {
    const engine = await instantiateEngine(binary, { threads: 2, spawn: spawnComputeThread });
    const trainer = await engine.createTrainer(options);
    const late = engine.createTrainer(options);
    engine.close();
    await assert.rejects(late, /closed/);
    await assert.rejects(trainer.trainStep(batchOf(options, 0)), /closed/);
    await assert.rejects(engine.createTrainer(options), /closed/);
  });
});
