// A model of another architecture, from its recipe to its verdict.

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { cli, cliError, cliJson } from "../support/cli.ts";
import { withHeader } from "../support/model_files.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const ARCH = {
  norm: "rmsnorm",
  positions: "rotary",
  rotaryBase: 10_000,
  mlp: "swiglu",
  head: "untied",
  biases: false,
  kvHeads: 1,
} as const;

describe("a recipe with an architecture", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    const { model } = tinyRecipe();
    const recipe = tinyRecipe({ model: { ...model, arch: ARCH }, steps: 20 });
    await Deno.writeTextFile(`${folder}/recipe.json`, JSON.stringify(recipe));
    await cliJson("train", "--recipe", `${folder}/recipe.json`, "--out", `${folder}/model`);
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("is trained, shown in words, continued and found exact", async () => {
    const { stdout } = await cli("inspect", `${folder}/model`);
    assert.match(stdout, /architecture +RMS norm, rotary positions \(base 10000\), SwiGLU, untied/);
    assert.match(stdout, /version +3/);
    const facts = await cliJson<{ parameters: number }>("inspect", `${folder}/model`);
    // Two tables of 256 rows, then the block: q, k, v, o, the MLP's three, and three gains.
    const block = 2 * 16 * 16 + 2 * 16 * 8 + 3 * 16 * 32;
    assert.equal(facts.parameters, 2 * 256 * 16 + block + 3 * 16);
    const prompt = ["--prompt", "sort: 5 1 4", "--bytes", "4"];
    assert.equal((await cli("generate", `${folder}/model`, ...prompt)).code, 0);
    const { verdict } = await cliJson<{ verdict: string }>("verify", `${folder}/model`);
    assert.equal(verdict, "exact");
  });

  it("is no recipe of a file that says another architecture", async () => {
    const honest = await Deno.readFile(`${folder}/model`);
    const forged = withHeader(honest, ({ config }) => config.arch.rotaryBase = 20_000);
    await Deno.writeFile(`${folder}/forged`, forged);
    const { stdout } = await cli("verify", `${folder}/forged`);
    assert.doesNotMatch(stdout, /^exact/);
    assert.match(stdout, /arch\.rotaryBase is 20000 in the file and 10000 in the recipe/);
  });

  it("is refused when its block means what none means", async () => {
    const { model } = tinyRecipe();
    const arch = { norm: "layernorm", positions: "learned", mlp: "gelu", head: "tied" };
    const recipe = {
      ...tinyRecipe(),
      model: { ...model, arch: { ...arch, biases: true, kvHeads: 2 } },
    };
    await Deno.writeTextFile(`${folder}/same.json`, JSON.stringify(recipe));
    const words = ["--recipe", `${folder}/same.json`, "--out", `${folder}/same`];
    const { stderr } = await cliError("train", ...words);
    assert.match(stderr, /recipe\.model\.arch: .*leave arch out/);
  });
});
