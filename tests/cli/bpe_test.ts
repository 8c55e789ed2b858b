// A model with byte-pair encoding, from the tokenizer's training to the verdict.

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { fromHex } from "../../lib/bytes.ts";
import { mergesDigest } from "../../lib/tokenizers/bpe.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { VerificationResult } from "../../lib/verification/types.ts";
import { cli, cliError, cliJson } from "../support/cli.ts";
import { headerOf, withHeader } from "../support/model_files.ts";
import { type EnginelessRecipe, tinyRecipe } from "../support/tiny_recipe.ts";

type BpeField = Exclude<Recipe["tokenizer"], "bytes">;

let folder: string;
let field: BpeField;
let recipe: EnginelessRecipe;
let honest: Uint8Array;

function bpeRecipe(tokenizer: BpeField): EnginelessRecipe {
  const { model } = tinyRecipe();
  const { trainedOn } = tokenizer;
  return tinyRecipe({
    model: { ...model, vocabSize: tokenizer.vocabSize },
    tokenizer,
    data: [
      { ...trainedOn, weight: 2 },
      { generator: "sort-6", version: 1, params: {}, weight: 1 },
    ],
    steps: 20,
  });
}

async function train(recipe: EnginelessRecipe, out: string): Promise<string[]> {
  await Deno.writeTextFile(`${folder}/${out}.json`, JSON.stringify(recipe));
  return ["train", "--recipe", `${folder}/${out}.json`, "--out", `${folder}/${out}`];
}

/** The last merge joins two other bytes: as well-formed, and another tokenizer. */
function otherMerges(): string {
  return `${headerOf(honest).tokenizer.merges.slice(0, -8)}f0000f00`;
}

async function verify(file: Uint8Array): Promise<VerificationResult> {
  await Deno.writeFile(`${folder}/claim`, file);
  return await cliJson<VerificationResult & Record<string, unknown>>(
    "verify",
    `${folder}/claim`,
    "--once",
  );
}

describe("a model with byte-pair encoding", () => {
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    const words = ["--corpus", "tinyshakespeare", "--vocab", "300", "--max-entry-bytes", "6"];
    field = await cliJson<BpeField & Record<string, unknown>>("tokenizer", ...words);
    recipe = bpeRecipe(field);
    await cliJson(...await train(recipe, "model"));
    honest = await Deno.readFile(`${folder}/model`);
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("carries its merges, and inspect says so", async () => {
    const { tokenizer, recipe } = headerOf(honest);
    assert.equal(fromHex(tokenizer.merges).length, 4 * 44);
    assert.deepEqual(recipe.tokenizer, field);
    assert.match((await cli("inspect", `${folder}/model`)).stdout, /^tokenizer +bpe, 300 tokens$/m);
  });

  it("verifies exact: the tokenizer is trained again, then the model", async () => {
    const { verdict, leavesCompared } = await verify(honest);
    assert.equal(verdict, "exact");
    assert.equal(leavesCompared, 3);
  });

  it("is scored per byte and writes at most the bytes asked for", async () => {
    const { scores } = await cliJson<{ scores: { score: number }[] }>(
      "score",
      `${folder}/model`,
      "--benchmark",
      "tinystories-ppl",
    );
    // 20 steps from a uniform guess at 300 tokens.
    assert.ok(scores[0].score > 2 && scores[0].score < 300, `${scores[0].score}`);
    const words = ["generate", `${folder}/model`, "--prompt", "the king", "--bytes", "21"];
    const { bytes } = await cliJson<{ bytes: string }>(...words, "--temperature", "1");
    assert.equal(fromHex(bytes).length, 21);
  });

  it("is a mismatch when its merges were forged", async () => {
    const forged = withHeader(honest, ({ tokenizer }) => tokenizer.merges = otherMerges());
    const { verdict, firstDivergentStep, reasons } = await verify(forged);
    assert.equal(verdict, "mismatch");
    assert.equal(firstDivergentStep, 0);
    assert.match(reasons[0], /The tokenizer differs: the file's merges hash to/);
  });

  it("is a mismatch when merges and recipe were forged together", async () => {
    const merges = otherMerges();
    const sha256 = await mergesDigest(new Uint16Array(fromHex(merges).buffer));
    const forged = withHeader(honest, (header) => {
      header.tokenizer.merges = merges;
      header.recipe.tokenizer.sha256 = sha256;
    });
    const { verdict, reasons } = await verify(forged);
    assert.equal(verdict, "mismatch");
    assert.match(reasons[0], /tinyshakespeare gives another tokenizer than the recipe names/);
  });

  it("is not readable without merges that make its vocabulary", async () => {
    const forged = withHeader(honest, ({ tokenizer }) => {
      tokenizer.merges = tokenizer.merges.slice(0, -32);
    });
    await Deno.writeFile(`${folder}/claim`, forged);
    const { stderr } = await cliError("verify", `${folder}/claim`);
    assert.match(stderr, /expected 300 tokens, as config\.vocabSize says, got 296 tokens/);
  });

  it("is not trained from a recipe that names other merges, and the way out is named", async () => {
    const other = bpeRecipe({ ...field, sha256: "00".repeat(32) });
    const { stderr } = await cliError(...await train(other, "other"));
    assert.match(stderr, /gives another tokenizer .*\n.*\n.*\n.*deno task cli tokenizer/);
  });
});

describe("the tokenizer command", () => {
  it("prints the field of a recipe", async () => {
    const words = ["tokenizer", "--corpus", "tinyshakespeare", "--vocab", "300"];
    const { stdout, stderr } = await cli(...words, "--max-entry-bytes", "6");
    assert.deepEqual(JSON.parse(`{${stdout}}`), { tokenizer: field });
    assert.match(stderr, /^1\.\d\d bytes a token on tinyshakespeare/);
  });

  const bad: [string, string[], RegExp][] = [
    ["an unknown corpus", ["--corpus", "diary", "--vocab", "300"], /There is no corpus diary/],
    ["no corpus", ["--vocab", "300"], /Expected --corpus ID/],
    ["no vocabulary", ["--corpus", "tinyshakespeare"], /Expected --vocab N/],
    ["an odd vocabulary", ["--corpus", "tinyshakespeare", "--vocab", "301"], /multiple of 4/],
    ["a vast one", ["--corpus", "tinyshakespeare", "--vocab", "9000"], /from 260 to 8192/],
  ];
  for (const [name, words, message] of bad) {
    it(`refuses ${name}`, async () => {
      assert.match((await cliError("tokenizer", ...words)).stderr, message);
    });
  }
});
