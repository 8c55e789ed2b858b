// What verify says of files that were changed after training.

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { tensorSpecs } from "../../lib/format/config.ts";
import { cli, cliError, cliJson } from "../support/cli.ts";
import { withFlippedBit, withHeader } from "../support/model_files.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

interface Verification {
  verdict: string;
  firstDivergentStep: number | null;
  recipeHash: string | null;
}

let folder: string;
let honest: Uint8Array;
let honestHash: string | null;

async function verify(file: Uint8Array): Promise<Verification> {
  await Deno.writeFile(`${folder}/claim`, file);
  return await cliJson<Verification>("verify", `${folder}/claim`);
}

/** Another leaf: its first digit replaced. */
function changed(leaf: string): string {
  return (leaf[0] === "0" ? "1" : "0") + leaf.slice(1);
}

describe("verify", () => {
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    await Deno.writeTextFile(`${folder}/recipe.json`, JSON.stringify(tinyRecipe()));
    await cliJson("train", "--recipe", `${folder}/recipe.json`, "--out", `${folder}/honest`);
    honest = await Deno.readFile(`${folder}/honest`);
    honestHash = (await verify(honest)).recipeHash;
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("says exact of an honest file", async () => {
    const { verdict, firstDivergentStep } = await verify(honest);
    assert.equal(verdict, "exact");
    assert.equal(firstDivergentStep, null);
  });

  it("says mismatch at the last step when one bit of one weight was changed", async () => {
    const last = tensorSpecs(tinyRecipe().model).at(-1)!;
    for (const index of [0, last.offset + last.size - 1]) {
      const claim = await verify(withFlippedBit(honest, index));
      const expected = { verdict: "mismatch", firstDivergentStep: 60, recipeHash: honestHash };
      assert.deepEqual(claim, expected);
    }
  });

  it("names the step of a changed leaf, the first of several", async () => {
    for (const [indices, step] of [[[0], 0], [[3], 30], [[6], 60], [[2, 4], 20]] as const) {
      const forged = withHeader(honest, ({ chain }) => {
        for (const index of indices) chain.leaves[index] = changed(chain.leaves[index]);
      });
      const { verdict, firstDivergentStep } = await verify(forged);
      assert.equal(verdict, "mismatch");
      assert.equal(firstDivergentStep, step);
    }
  });

  it("says mismatch at step 0 when the recipe states another seed", async () => {
    const forged = withHeader(honest, ({ recipe }) => recipe.seed = 8);
    const { verdict, firstDivergentStep, recipeHash } = await verify(forged);
    assert.equal(verdict, "mismatch");
    assert.equal(firstDivergentStep, 0);
    assert.notEqual(recipeHash, honestHash);
  });

  it("says mismatch at the first checkpoint when the recipe states another rate", async () => {
    const forged = withHeader(honest, ({ recipe }) => recipe.optimizer.learningRate = 0.004);
    assert.equal((await verify(forged)).firstDivergentStep, 10);
  });

  it("says mismatch when head or number of leaves does not follow from the recipe", async () => {
    const forgeries = [
      withHeader(honest, ({ chain }) => chain.head = changed(chain.head)),
      withHeader(honest, ({ chain }) => {
        chain.leaves.pop();
        chain.leafSteps.pop();
      }),
    ];
    for (const forged of forgeries) {
      const { verdict, firstDivergentStep } = await verify(forged);
      assert.equal(verdict, "mismatch");
      assert.equal(firstDivergentStep, 60);
    }
  });

  it("replays a mismatch a second time with another compiler and says so", async () => {
    await Deno.writeFile(`${folder}/claim`, withFlippedBit(honest, 5));
    const { code, stdout, stderr } = await cli("verify", `${folder}/claim`);
    assert.equal(code, 0);
    assert.match(stderr, /Replaying once more with V8's baseline compiler/);
    assert.match(stdout, /^mismatch, first at step 60\n/);
    assert.match(stdout, /1 value differs, first token_embedding\.weight at 5\./);
  });

  it("cannot reproduce what needs another engine", async () => {
    const forged = withHeader(honest, ({ recipe }) => recipe.engine = "ab".repeat(32));
    const { verdict, firstDivergentStep } = await verify(forged);
    assert.equal(verdict, "not-reproducible");
    assert.equal(firstDivergentStep, null);
  });

  it("rejects a recipe that is none", async () => {
    const forged = withHeader(honest, ({ recipe }) => recipe.steps = "many");
    assert.equal((await verify(forged)).verdict, "rejected");
  });
});

describe("a command given a bad file", () => {
  const garbage: [string, Uint8Array, RegExp][] = [
    ["no model", new TextEncoder().encode("hello, world"), /magic bytes TGPT at offset 0/],
    ["empty", new Uint8Array(), /Expected 12 bytes, got 0/],
    [
      "a header without end",
      new Uint8Array([84, 71, 80, 84, 2, 0, 0, 0, 99, 0, 0, 0]),
      /cut short/,
    ],
  ];
  const commands = [["score"], ["inspect"], ["verify"], ["generate", "--prompt", "a"]];
  let path: string;
  beforeAll(async () => void (path = await Deno.makeTempFile({ prefix: "tinyproof-test-" })));
  afterAll(() => Deno.remove(path));

  for (const [name, bytes, message] of garbage) {
    it(`says what is wrong with the file, which is ${name}`, async () => {
      await Deno.writeFile(path, bytes);
      for (const words of commands) {
        const { code, stderr } = await cliError(...words, path);
        assert.equal(code, 1);
        assert.match(stderr, message);
        assert.ok(stderr.includes(path));
      }
    });
  }

  it("says when there is no such file, or a folder", async () => {
    for (const words of commands) {
      const { stderr } = await cliError(...words, `${path}.missing`);
      assert.match(stderr, /There is no file or folder/);
    }
    assert.match((await cliError("score", Deno.cwd())).stderr, /is a folder/);
  });

  it("names the benchmarks it knows when asked for another", async () => {
    const file = "tests/fixtures/old-shakespeare.fp16.tinygpt";
    for (const name of ["sort-7", "sort-6@9", "tinystories-ppl@", "sort-6@1@1"]) {
      const { stderr } = await cliError("score", file, "--benchmark", name);
      assert.match(stderr, /There is no benchmark .*\n {2}expected: one of .*sort-6@1/);
    }
  });
});
