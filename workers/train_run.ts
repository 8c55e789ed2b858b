// Opens a run of this browser and trains it: from its seed, or from the newest of its checkpoints
// that is whole. One tab at a time.

import { canReplay } from "../lib/engine/conforming.ts";
import type { Engine } from "../lib/engine/engine.ts";
import { MOST_BYTES } from "../lib/engine/kernels.ts";
import { BudgetError, NotFoundError, TinyproofError, ValidationError } from "../lib/errors.ts";
import { readCheckpoints, readRun } from "../lib/playground/runs.ts";
import { replayBudget } from "../lib/verification/cost.ts";
import { loadInputs } from "../lib/verification/inputs.ts";
import { decodeCheckpoint, type SavedCheckpoint } from "../lib/verification/model_file.ts";
import { parseRecipe } from "../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../lib/verification/recipe.ts";
import { assertResumable } from "../lib/verification/run_checkpoint.ts";
import { type OpenRun, RunAtWork, type TrainRun } from "./run_at_work.ts";
import { siteData } from "./site_data.ts";

/** @throws {TinyproofError} when another tab trains the run, or it cannot be trained here. */
export async function trainRun(options: TrainRun): Promise<void> {
  // Ends with the worker, however that ends.
  await navigator.locks.request(
    `playground-${options.run}`,
    { ifAvailable: true },
    async (lock) => {
      if (lock === null) {
        throw new TinyproofError("Another tab trains this run already", {
          fix: "Watch it there, or close that tab and continue here.",
        });
      }
      await new RunAtWork(options, await openRun(options)).run();
    },
  );
}

async function openRun({ engine, reply, site, run }: TrainRun): Promise<OpenRun> {
  const stored = await readRun(run);
  if (stored === null) {
    throw new NotFoundError("This browser has no such run", { fix: "Start a new one." });
  }
  const recipe = parseRecipe(stored.recipe);
  assertTrainableHere(recipe, engine);
  const hash = await recipeHash(recipe);
  reply({ type: "stage", stage: "fetching the data", fraction: null });
  const inputs = await loadInputs(recipe, siteData(site.siteUrl));
  return { stored, recipe, hash, inputs, saved: await newestWhole(run, recipe, hash) };
}

/**
 * The newest checkpoint that is whole, or null: the run then begins again, to the same bits.
 *
 * @throws {ValidationError} when it is of another recipe.
 */
async function newestWhole(
  run: string,
  recipe: Recipe,
  hash: string,
): Promise<SavedCheckpoint | null> {
  for await (const bytes of readCheckpoints(run)) {
    const saved = await wholeOrNull(recipe, bytes);
    if (saved === null) continue;
    if (saved.recipeHash === hash) return saved;
    throw new ValidationError("The checkpoint is of another recipe", {
      ...{ expected: `recipe ${hash}`, got: `recipe ${saved.recipeHash}` },
      fix: "Remove the run and start it again.",
    });
  }
  return null;
}

async function wholeOrNull(recipe: Recipe, bytes: Uint8Array): Promise<SavedCheckpoint | null> {
  try {
    const saved = decodeCheckpoint(bytes);
    await assertResumable(recipe, saved.checkpoint, saved.digest);
    return saved;
  } catch (error) {
    // Cut off by a crash, or damaged on the disk: an older one or the seed leads to the same bits.
    if (error instanceof TinyproofError) return null;
    throw error;
  }
}

function assertTrainableHere(recipe: Recipe, engine: Engine): void {
  if (!canReplay(engine.digest, recipe.engine)) {
    throw new ValidationError("The recipe names another engine than this board's", {
      ...{ path: "engine", expected: engine.digest, got: recipe.engine },
      fix: "Fork the run: a fork takes the engine at hand.",
    });
  }
  const { memoryBytes } = replayBudget(recipe);
  if (memoryBytes <= MOST_BYTES) return;
  throw new BudgetError("The recipe needs more memory than the engine can address", {
    ...{ expected: `at most ${MOST_BYTES} bytes`, got: `${memoryBytes} bytes` },
    fix: "Lower batchSize (accumulationSteps makes up for it), ctx or the width of the model.",
  });
}
