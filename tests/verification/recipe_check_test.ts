import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { DEFAULT_REPLAY_LIMITS } from "../../lib/verification/cost.ts";
import { checkRecipeText } from "../../lib/verification/recipe_check.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { recipeCommitment } from "../../lib/verification/ticket.ts";
import { exampleRecipe } from "./example.ts";

const ENGINE = exampleRecipe().engine;

const check = (recipe: unknown, limits = DEFAULT_REPLAY_LIMITS) =>
  checkRecipeText(typeof recipe === "string" ? recipe : JSON.stringify(recipe), {
    ...{ engine: ENGINE, limits },
  });

/** What is wrong, by field. */
async function wrong(recipe: unknown): Promise<Record<string, string>> {
  const { problems, facts } = await check(recipe);
  assert.equal(facts, null);
  for (const { message, fix } of problems) assert.ok(fix, message);
  return Object.fromEntries(problems.map(({ path, message }) => [path ?? "", message]));
}

describe("the check of a recipe", () => {
  it("names every field that is wrong at once, with what was expected and how to mend it", async () => {
    const { seed: _, ...recipe } = exampleRecipe();
    const { problems } = await check({
      ...recipe,
      steps: "many",
      batchSize: 0,
      colour: "green",
      model: { ...recipe.model, heads: 1.5 },
    });
    const byPath = Object.fromEntries(problems.map((problem) => [problem.path ?? "", problem]));
    assert.deepEqual(Object.keys(byPath).sort(), ["", "batchSize", "model.heads", "steps"]);
    assert.deepEqual(
      [byPath.batchSize.expected, byPath.batchSize.got, byPath.batchSize.fix],
      ["a number at least 1", "0", "Set recipe.batchSize to a number at least 1."],
    );
    assert.match(byPath[""].fix!, /Remove what is not known/);
  });

  it("names every rule between fields that is broken", async () => {
    const recipe = exampleRecipe();
    const found = await wrong({
      ...recipe,
      model: { ...recipe.model, dModel: 9, vocabSize: 300 },
      optimizer: {
        ...recipe.optimizer,
        schedule: { ...recipe.optimizer.schedule, warmupSteps: 99, minLearningRate: 0.5 },
      },
    });
    assert.deepEqual(
      Object.keys(found).sort(),
      [
        "model.dModel",
        "model.vocabSize",
        "optimizer.schedule.decaySteps",
        "optimizer.schedule.minLearningRate",
        "optimizer.schedule.warmupSteps",
      ].filter((path) => path in found),
    );
    assert.match(found["model.vocabSize"], /the tokenizer has 256 tokens/);
    assert.match(found["optimizer.schedule.warmupSteps"], /do not fit in 10 steps/);
  });

  it("says where a text stops being JSON", async () => {
    const { problems: [{ got }] } = await check('{\n  "spec": "exact/1",\n  steps: 3\n}');
    assert.match(got!, /line 3 column 3/);
    assert.match(Object.values(await wrong("   ")).join(), /not JSON/);
    assert.match(Object.values(await wrong("[1]")).join(), /got a list of 1/);
    assert.match(Object.values(await wrong(`"${"x".repeat(200_000)}"`)).join(), /too long/);
  });

  it("gives the canonical text, and the hashes that follow from it", async () => {
    const { author, ...rest } = exampleRecipe();
    const { facts } = await check({ author, ...rest });
    assert.equal(facts?.hash, createHash("sha256").update(facts!.canonical).digest("hex"));
    assert.equal(facts?.hash, await recipeHash(exampleRecipe()));
    assert.equal(facts?.commitment, await recipeCommitment(exampleRecipe()));
    assert.deepEqual(facts?.filledIn, []);
    assert.equal(facts?.checkpoints, 4);
  });

  it("fills in engine and seed and says so", async () => {
    const { engine: _, seed: __, ...recipe } = exampleRecipe();
    const { facts } = await check(recipe);
    assert.deepEqual(facts?.filledIn, ["engine", "seed"]);
    assert.equal(facts?.recipe.engine, ENGINE);
    assert.equal(facts?.commitment, await recipeCommitment(exampleRecipe()));
  });

  it("says what would keep a board from replaying it", async () => {
    const recipe = exampleRecipe();
    const none = await check(recipe);
    assert.deepEqual(none.facts?.obstacles, []);
    assert.ok(none.facts!.flopsShare > 0 && none.facts!.flopsShare < 1e-6);
    const { facts } = await check({
      ...recipe,
      engine: "cd".repeat(32),
      steps: 10_000_000,
      checkpointInterval: 1000,
      batchSize: 4096,
      data: [{ generator: "sort-7", version: 1, params: {}, weight: 1 }],
    });
    const words = facts!.obstacles.join("; ");
    for (const part of [/sort-7/, /engine cdcd/, /more operations/]) assert.match(words, part);
    assert.ok(facts!.flopsShare > 1);
  });

  it("measures by what this board spends on one", async () => {
    const { trainingFlops, memoryBytes } = (await check(exampleRecipe())).facts!;
    const poor = { flops: trainingFlops / 2, memoryBytes: memoryBytes / 4 };
    const { facts } = await check(exampleRecipe(), poor);
    assert.deepEqual([facts!.flopsShare, facts!.memoryShare], [2, 4]);
    assert.match(facts!.obstacles.join("; "), /more operations .*; .* more memory/);
  });
});
