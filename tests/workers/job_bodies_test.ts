import { afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Benchmark } from "../../lib/benchmarks/benchmark.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { fromHex } from "../../lib/bytes.ts";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { CORPORA } from "../../lib/corpora/registry.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { prepareFolder } from "../../workers/job_folder.ts";
import type { JobContext } from "../../workers/job_protocol.ts";
import { runGenerateJob } from "../../workers/jobs/generate_job.ts";
import { runScoreJob } from "../../workers/jobs/score_job.ts";
import { runVerifyJob } from "../../workers/jobs/verify_job.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { withHeader } from "../support/model_files.ts";
import { EMPTY_MODULE } from "../support/other_engines.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";
import { trainRun } from "../support/trained_entry.ts";

const DATA = new URL("../../data", import.meta.url).pathname;

describe("the body of a job", () => {
  let folder: string;
  let trained: Uint8Array<ArrayBuffer>;
  let said: string[];
  let texts: { promptId: string; text: string }[];
  beforeAll(async () => {
    const engine = await testEngine();
    const recipe = parseRecipe({ ...tinyRecipe({ steps: 12 }), engine: engine.digest });
    const inputs = await loadInputs(recipe, () => assert.fail("it names no corpus"));
    const options = { recipe, recipeHash: await recipeHash(recipe), engine, ...inputs };
    const run = await runRecipe(options);
    trained = trainedFile({
      recipe,
      tokenizer: inputs.tokenizer,
      run,
      dtype: "fp32",
      trainWallMs: 1,
      trainedIn: "browser",
    });
  });
  beforeEach(async () => {
    folder = await Deno.makeTempDir();
    [said, texts] = [[], []];
  });
  afterEach(() => Deno.remove(folder, { recursive: true }));

  async function jobOn(
    kind: "score" | "verify" | "generate",
    file: Uint8Array,
    generation: JobContext["spec"]["generation"] = null,
  ): Promise<JobContext> {
    const fileDigest = await sha256Hex(file);
    const spec = { kind, jobId: "j", entryId: "e", fileDigest, attempt: 1, confirm: false };
    const job = {
      ...{ ...spec, flags: [], threads: 2, native: null, twin: null, claimedScores: [] },
      ...{ segment: null, seed: null, keep: [], namedEngine: null as string | null, generation },
      benchmarks: kind === "score" ? BENCHMARKS.map(({ id, version }) => ({ id, version })) : [],
    };
    const [modelPath, enginePath] = [`${folder}/submitted`, `${folder}/engine`];
    await Deno.writeFile(modelPath, file);
    await Deno.writeFile(enginePath, await engineBinary());
    const dataFiles = kind === "score"
      ? BENCHMARKS.flatMap(({ dataFile }: Benchmark) => dataFile ?? [])
      : [];
    await prepareFolder(folder, { spec: job, modelPath, enginePath, dataRoot: DATA, dataFiles });
    return {
      ...{ spec: job, folder, progress: () => {} },
      log: (line) => void said.push(line),
      text: (text) => void texts.push(text),
    };
  }

  it("does not blame an entry for a file that changed on our disk", async () => {
    const job = await jobOn("verify", trained);
    const changed = trained.slice();
    changed[changed.length - 1] ^= 1;
    await Deno.writeFile(`${folder}/model.tinygpt`, changed);
    await assert.rejects(runVerifyJob(job), IntegrityError);
  });

  it("takes the present engine where the named one does not run, if both conform", async () => {
    const [oldest] = CONFORMING_ENGINES;
    const engine = { ...await testEngine(), digest: oldest };
    const { file } = await trainRun(engine, tinyRecipe({ steps: 12 }));
    const job = await jobOn("verify", file);
    // Kept under that digest, and damaged since.
    job.spec.namedEngine = oldest;
    await Deno.writeFile(`${folder}/named-engine.wasm`, EMPTY_MODULE);
    const { verdict, engineDigest, reasons } = (await runVerifyJob(job)).result;
    assert.deepEqual([verdict, engineDigest], ["exact", CONFORMING_ENGINES.at(-1)]);
    assert.match(reasons[0], /names, could not be used: It came with other bytes/);
    assert.match(reasons[0], /took its place; both are known to give the same bits/);
  });

  it("begins again when the checkpoint of an earlier attempt is damaged", async () => {
    const job = await jobOn("verify", trained);
    assert.equal((await runVerifyJob(job)).result.verdict, "exact");
    const path = `${folder}/checkpoint.tinygpt`;
    const checkpoint = await Deno.readFile(path);
    checkpoint[checkpoint.length - 1] ^= 1;
    for (const damaged of [checkpoint, checkpoint.subarray(0, 100)]) {
      await Deno.writeFile(path, damaged);
      said = [];
      assert.equal((await runVerifyJob(job)).result.verdict, "exact");
      assert.match(said[0], /damaged/);
    }
  });

  it("reads where it was trained and the curves, and leaves out what is none", async () => {
    const file = withHeader(trained, (header) => {
      header.lossHistory = [{ step: 1, loss: 5 }, { step: 2, loss: "4" }, null];
      header.devHistory = [{ step: 2, loss: 4.5 }, { step: -1, loss: 4 }];
    });
    const { facts } = await runScoreJob(await jobOn("score", file));
    assert.deepEqual(facts.lossHistory, [{ step: 1, loss: 5 }, { step: 2, dev: 4.5 }]);
    assert.equal(facts.trainedIn, "browser");
  });

  it("completes prompts one by one, and goes on with the same bytes after those that are there", async () => {
    const prompts = ["sort: 5 1 4", "one", "two"].map((text, i) => ({ id: String(i), text }));
    const search = { beams: 3, minTokens: 0, maxTokens: 9, endToken: null };
    const whole = await runGenerateJob(
      await jobOn("generate", trained, { prompts, done: 0, search }),
    );
    assert.deepEqual(whole.completions.map(({ promptId }) => promptId), ["0", "1", "2"]);
    assert.deepEqual(texts, whole.completions);
    const rest = await runGenerateJob(
      await jobOn("generate", trained, { prompts: prompts.slice(1), done: 1, search }),
    );
    assert.deepEqual(rest.completions, whole.completions.slice(1));
    assert.equal(rest.parameters, whole.parameters);
  });

  it("scores the sealed twins, and says nothing of their trials or seed", async () => {
    const job = await jobOn("score", trained);
    const seed = "5a".repeat(32);
    job.spec.twin = { period: "2026-Q4", seed };
    const stages: string[] = [];
    job.progress = (stage) => void stages.push(stage);
    const result = await runScoreJob(job);
    const { period, outcomes } = result.twins!;
    assert.equal(period, "2026-Q4");
    assert.deepEqual(outcomes.map(({ benchmark, trials }) => [benchmark, trials]), [[
      "sort-6",
      200,
    ]]);
    const everything = JSON.stringify([result, stages, said]);
    assert.equal(everything.includes(seed), false);
    for (const { prompt } of SORT_6.twin!.trials(fromHex(seed))) {
      assert.equal(everything.includes(prompt), false, prompt);
    }
  });

  it("scores a model whose tokens are no bytes, and takes no samples of it", async () => {
    const config = { ...tinyRecipe().model, vocabSize: 100 };
    const weights = new Float32Array(parameterCount(config)).fill(0.01);
    const file = writeTinygpt({ config, step: 0, weights, dtype: "fp32", header: {} });
    const { facts, scores } = await runScoreJob(await jobOn("score", file));
    assert.deepEqual(facts.samples, []);
    assert.ok(
      scores.every(({ score, incompatibleReason }) => score === null && incompatibleReason),
    );
  });

  it("refuses a file whose merges are not those its recipe names", async () => {
    const model = { ...tinyRecipe().model, vocabSize: 260 };
    const merges = Uint16Array.of(97, 98, 97, 99, 97, 100, 97, 101);
    const { sha256, id: corpus } = CORPORA[0];
    const tokenizer = {
      type: "bpe" as const,
      vocabSize: 260,
      maxEntryBytes: 2,
      trainedOn: { corpus, sha256 },
      sha256: "ab".repeat(32),
    };
    const recipe = { ...tinyRecipe({ model, tokenizer }), engine: "ab".repeat(32) };
    const file = writeTinygpt({
      config: model,
      step: 0,
      weights: new Float32Array(parameterCount(model)),
      dtype: "fp32",
      tokenizer: new BpeTokenizer(merges, 2),
      header: { recipe },
    });
    await assert.rejects(
      jobOn("score", file).then(runScoreJob),
      /contradicts its recipe: the file's merges hash to .*, the recipe names abab/,
    );
  });
});
