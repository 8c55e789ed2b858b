import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { chainHead, leafSteps } from "../../lib/verification/chain.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import type { Chain } from "../../lib/verification/types.ts";
import { cli, cliError, cliJson, cliWith } from "../support/cli.ts";
import { type EnginelessRecipe, tinyRecipe } from "../support/tiny_recipe.ts";

interface TrainOutput {
  digest: string;
  chainHead: string;
  steps: number;
  tokensPerSecond: number;
}

/** Leaves the finite numbers within a few steps. */
const WILD: EnginelessRecipe["optimizer"] = {
  learningRate: 1,
  beta1: 0.99,
  beta2: 0,
  epsilon: 1e-30,
  weightDecay: 0,
  gradClip: 0,
  schedule: { name: "constant", warmupSteps: 0, minLearningRate: 0 },
};
const wide = { ...tinyRecipe().model, layers: 12, dModel: 1024, ctx: 1024, dMlp: 4096 };
const unknownCorpus = { corpus: "my-diary", sha256: "00".repeat(32), weight: 1 };
const unknownGenerator = { generator: "sort-7", version: 1, params: {}, weight: 1 };

function change(fields: Partial<EnginelessRecipe> & Record<string, unknown>): string {
  return JSON.stringify({ ...tinyRecipe(), ...fields });
}

let folder: string;

function train(recipe: unknown, out: string, ...words: string[]): Promise<TrainOutput> {
  return trainText(JSON.stringify(recipe), out, ...words);
}

async function trainText(text: string, out: string, ...words: string[]): Promise<TrainOutput> {
  await Deno.writeTextFile(`${folder}/${out}.json`, text);
  return await cliJson(...trainWords(out), ...words);
}

function trainWords(out: string): string[] {
  return ["train", "--recipe", `${folder}/${out}.json`, "--out", `${folder}/${out}`];
}

describe("train", () => {
  let result: TrainOutput;

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    result = await train(tinyRecipe(), "fp32");
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("gives the same model and chain on any number of threads", async () => {
    for (const threads of ["1", "2", "3"]) {
      const { digest, chainHead } = await train(tinyRecipe(), "threads", "--threads", threads);
      assert.deepEqual({ digest, chainHead }, {
        digest: result.digest,
        chainHead: result.chainHead,
      });
    }
  });

  it("trains a recipe of an earlier engine that gives the same bits, and keeps its name", async () => {
    const [engine] = CONFORMING_ENGINES;
    const { digest } = await train({ ...tinyRecipe(), engine }, "earlier");
    assert.equal(digest, result.digest);
    const file = readTinygpt(await Deno.readFile(`${folder}/earlier`));
    assert.equal(parseRecipe(file.recipe).engine, engine);
    const { verdict } = await cliJson<{ verdict: string }>("verify", `${folder}/earlier`);
    assert.equal(verdict, "exact");
  });

  it("prints digest, chain head, steps and speed as one object", () => {
    assert.deepEqual(Object.keys(result), ["digest", "chainHead", "steps", "tokensPerSecond"]);
    assert.equal(result.steps, 60);
    assert.ok(result.tokensPerSecond > 0);
  });

  it("writes a file whose recipe, chain and weights are those it printed", async () => {
    const file = readTinygpt(await Deno.readFile(`${folder}/fp32`));
    const recipe = parseRecipe(file.recipe);
    const chain = file.chain as Chain;
    assert.deepEqual({ ...tinyRecipe(), engine: recipe.engine }, recipe);
    assert.equal(await modelDigest(file.config, file.weights), result.digest);
    assert.equal(chain.head, result.chainHead);
    assert.equal(chainHead(await recipeHash(recipe), recipe.seed, chain.leaves), chain.head);
    assert.deepEqual(chain.leafSteps, leafSteps(recipe));
    assert.equal(file.step, 60);
  });

  it("leaves nothing beside the file: the checkpoint goes when the run ends", () => {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith("fp32.") && name !== "fp32.json"), []);
  });

  it("gives the same bits again, and others from another seed", async () => {
    const again = await train(tinyRecipe(), "again");
    assert.equal(again.digest, result.digest);
    assert.equal(again.chainHead, result.chainHead);
    const other = await train(tinyRecipe({ seed: 8 }), "other");
    assert.notEqual(other.digest, result.digest);
  });

  it("takes another seed than the recipe's when asked to", async () => {
    const other = await train(tinyRecipe({ seed: 8 }), "other-recipe");
    assert.equal((await train(tinyRecipe(), "other-seed", "--seed", "8")).digest, other.digest);
    const { stderr } = await cliError(...trainWords("other-seed"), "--seed=-1");
    assert.match(stderr, /whole number/);
  });

  it("keeps chain and recipe when the weights are packed or the moments kept", async () => {
    const packed = await train(tinyRecipe(), "fp16", "--dtype", "fp16");
    assert.equal(packed.chainHead, result.chainHead);
    assert.notEqual(packed.digest, result.digest);
    const moments = await train(tinyRecipe(), "moments", "--optimizer-state");
    assert.equal(moments.digest, result.digest);
    const sizes = ["fp16", "fp32", "moments"].map((name) =>
      Deno.statSync(`${folder}/${name}`).size
    );
    assert.ok(sizes[0] < sizes[1] && sizes[1] < sizes[2]);
  });

  it("says what it takes, then shows one line of progress in a log, not hundreds", async () => {
    const { stdout, stderr, code } = await cli(...trainWords("again"));
    assert.equal(code, 0);
    assert.match(
      stderr,
      /^Memory \d+ MB, \d\.\d\de\+\d+ floating-point operations\.\n█{24} 100\.0 % {2}step 60\/60 {2}loss \d+\.\d{4} {2}\d+ tokens\/s .*\n$/,
    );
    assert.match(
      stdout,
      new RegExp(`60 steps, loss \\d+\\.\\d{4} nats, model ${result.digest}\n$`),
    );
  });

  it("verifies exact, in every dtype", async () => {
    for (const name of ["fp32", "fp16", "moments"]) {
      const verified = await cliJson("verify", `${folder}/${name}`);
      const recipe = parseRecipe(readTinygpt(await Deno.readFile(`${folder}/${name}`)).recipe);
      assert.deepEqual(verified, {
        verdict: "exact",
        firstDivergentStep: null,
        recipeHash: await recipeHash(recipe),
      });
    }
    const { stdout } = await cli("verify", `${folder}/fp32`);
    assert.match(stdout, /^exact\nrecipe [0-9a-f]{64}, 7 checkpoints compared\n$/);
  });

  it("ends when the dev set says so, resumes past no end, and verifies exact", async () => {
    const dev = { generator: "sort-6", version: 1, params: {}, rows: 20 };
    const earlyStop = { dev, interval: 6, patience: 2, minDelta: 0.5 };
    const { steps, digest } = await train(tinyRecipe({ earlyStop }), "ended");
    assert.ok(steps % 6 === 0 && steps < 60, `${steps} steps`);
    const file = readTinygpt(await Deno.readFile(`${folder}/ended`));
    assert.equal(file.step, steps);
    assert.equal((file.chain as Chain).leafSteps.at(-1), steps);
    assert.equal(
      (await cliJson<{ verdict: string }>("verify", `${folder}/ended`)).verdict,
      "exact",
    );
    assert.equal(
      (await train(tinyRecipe({ earlyStop }), "ended", "--threads", "2")).digest,
      digest,
    );
    await Deno.writeTextFile(`${folder}/ended.json`, JSON.stringify(tinyRecipe({ earlyStop })));
    const { stdout } = await cli(
      "train",
      "--recipe",
      `${folder}/ended.json`,
      "--out",
      `${folder}/e`,
    );
    assert.match(stdout, new RegExp(`: ended by its dev set at step ${steps} of 60, loss `));
  });

  const { steps: _steps, ...unfinished } = tinyRecipe();
  const bad: [string, string, RegExp][] = [
    ["no JSON", "{ recipe", /is not JSON/],
    ["a list", "[]", /at recipe, got a list/],
    ["no steps", JSON.stringify(unfinished), /at recipe\.steps, got nothing/],
    ["a misspelt key", change({ setps: 3 }), /no key named setps/],
    ["another engine", change({ engine: "ab".repeat(32) }), /another engine/],
    ["too much warm-up", change({ steps: 5 }), /warm-up steps do not fit in 5 steps/],
    ["too large a batch for any memory", change({ model: wide, batchSize: 1024 }), /more memory/],
    ["an unknown corpus", change({ data: [unknownCorpus] }), /corpus my-diary is not registered/],
    [
      "an unknown generator",
      change({ data: [unknownGenerator] }),
      /generator sort-7 of version 1 is not registered/,
    ],
  ];
  for (const [name, text, message] of bad) {
    it(`refuses a recipe with ${name} and says what to do`, async () => {
      await Deno.writeTextFile(`${folder}/bad.json`, text);
      const { stderr } = await cliError(...trainWords("bad"));
      assert.match(stderr, message);
      await assert.rejects(Deno.stat(`${folder}/bad`), Deno.errors.NotFound);
    });
  }

  it("refuses an output it could not write before it trains", async () => {
    await Deno.writeTextFile(`${folder}/r.json`, JSON.stringify(tinyRecipe()));
    const words = ["train", "--recipe", `${folder}/r.json`, "--out"];
    const { stderr } = await cliError(...words, `${folder}/no/such/folder/m`);
    assert.match(stderr, /There is no file or folder/);
    assert.match((await cliError(...words, folder)).stderr, /is a folder/);
  });

  it("says at which step a run diverges, and leaves no checkpoint of it", async () => {
    const recipe = tinyRecipe({ optimizer: WILD });
    await Deno.writeTextFile(`${folder}/wild.json`, JSON.stringify(recipe));
    const { code, stderr } = await cliError(...trainWords("wild"));
    assert.equal(code, 1);
    assert.match(stderr, /Diverged at step 3: .*\n.*\n {2}mend: {5}Lower the learning rate/);
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith("wild")), ["wild.json"]);
  });

  it("says beforehand when a run is too long to be proven on the board", async () => {
    const steps = 10_000_000;
    // It diverges, or the test would take a year.
    const long = tinyRecipe({ optimizer: WILD, steps, checkpointInterval: steps, batchSize: 256 });
    await Deno.writeTextFile(`${folder}/long.json`, JSON.stringify(long));
    const { stderr } = await cliError(...trainWords("long"));
    assert.match(stderr, /\nNote: .* over the budget of 2.00e\+15 .*\n(.*\n)*error: Diverged/);
    const rich = await cliWith({ TINYPROOF_REPLAY_FLOPS: "1e19" }, ...trainWords("long"));
    assert.doesNotMatch(rich.stderr, /over the budget/);
    const poor = { TINYPROOF_REPLAY_MIB: "nothing" };
    assert.match((await cliWith(poor, ...trainWords("long"))).stderr, /in TINYPROOF_REPLAY_MIB/);
  });
});
