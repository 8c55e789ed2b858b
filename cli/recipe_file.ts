// Reads the recipe a run is asked for, and refuses early what could only fail late.

import { fromUtf8 } from "../lib/bytes.ts";
import { replayLimitsFromEnv } from "../lib/config.ts";
import { GENERATORS } from "../lib/corpora/generators.ts";
import { CORPORA, isUploadId } from "../lib/corpora/registry.ts";
import { canReplay } from "../lib/engine/conforming.ts";
import { MOST_BYTES } from "../lib/engine/kernels.ts";
import { BudgetError, ValidationError } from "../lib/errors.ts";
import { isOver, replayBudget } from "../lib/verification/cost.ts";
import { parseRecipe } from "../lib/verification/parse_recipe.ts";
import { missingInputs, namedCorpora, type Recipe } from "../lib/verification/recipe.ts";
import { readBytes } from "./host.ts";
import { note } from "./output.ts";

/**
 * Reads a recipe. One without `engine` means the engine at hand, whose digest is `engine`; one that
 * names another that gives the same bits keeps that name. `seed` takes the place of the recipe's own.
 * `uploads` are the corpora given beside the registered ones.
 * @throws {ValidationError} when it is none, or names what is not at hand.
 * @throws {BudgetError} when the engine's memory cannot hold its training.
 */
export async function readRecipe(
  path: string,
  engine: string,
  seed: number | undefined,
  uploads: ReadonlySet<string>,
): Promise<Recipe> {
  const text = fromUtf8(await readBytes(path));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ValidationError(`${path} is not JSON`, {
      expected: "a JSON document",
      got: (error as Error).message,
      fix: "See docs/recipe.md for the fields of a recipe.",
    });
  }
  const named = value instanceof Object && !Array.isArray(value) ? { engine, ...value } : value;
  const recipe = parseRecipe(seed === undefined ? named : { ...named as object, seed });
  if (!canReplay(engine, recipe.engine)) {
    throw new ValidationError(`${path} names another engine than this one`, {
      path: "engine",
      expected: engine,
      got: recipe.engine,
      fix: "Remove the engine field to train with the engine at hand.",
    });
  }
  assertInputs(path, recipe, uploads);
  assertBudget(path, recipe);
  return recipe;
}

function assertInputs(path: string, recipe: Recipe, uploads: ReadonlySet<string>): void {
  const missing = missingInputs(recipe, uploads);
  if (missing.length === 0) return;
  throw new ValidationError(`${path}: ${missing.join("; ")}`, {
    path: "data",
    expected: registeredNames(),
    got: missing[0],
    fix: namedCorpora(recipe).some(({ corpus }) => isUploadId(corpus))
      ? "Give the file of that corpus with --corpus-file; its page on the board has it."
      : "Name registered data; docs/recipe.md lists it with its SHA-256.",
  });
}

function registeredNames(): string {
  const corpora = CORPORA.map(({ id }) => id).join(", ");
  const generators = GENERATORS.map(({ id, version }) => `${id} (version ${version})`).join(", ");
  return `corpus ${corpora} or generator ${generators}`;
}

/** Refuses what cannot be trained; says beforehand what it takes and when it cannot be proven. */
function assertBudget(path: string, recipe: Recipe): void {
  const { flops, memoryBytes } = replayBudget(recipe);
  if (memoryBytes > MOST_BYTES) {
    throw new BudgetError(`${path} needs more memory than the engine can address`, {
      expected: `at most ${MOST_BYTES} bytes`,
      got: `${memoryBytes} bytes`,
      fix: "Lower batchSize (accumulationSteps makes up for it), ctx or the width of the model.",
    });
  }
  note(
    `Memory ${Math.ceil(memoryBytes / 1e6)} MB, ${flops.toPrecision(3)} floating-point operations.`,
  );
  const limits = replayLimitsFromEnv(Deno.env.toObject());
  if (!isOver({ flops, memoryBytes }, limits)) return;
  note(
    `Note: a replay of this recipe is over the budget of ${
      limits.flops.toPrecision(3)
    } operations ` +
      `and ${Math.floor(limits.memoryBytes / 2 ** 20)} MiB, so a board with that budget cannot ` +
      "prove it (TINYPROOF_REPLAY_FLOPS and TINYPROOF_REPLAY_MIB say what yours has).",
  );
}
