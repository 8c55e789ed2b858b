// A model that was really trained, and entries made of its file or of a forged one.

import type { Engine } from "../../lib/engine/engine.ts";
import type { Services } from "../../lib/services.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { parseChain } from "../../lib/verification/chain.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { addEntry } from "./entries.ts";

export interface TrainedRun {
  recipe: Recipe;
  file: Uint8Array<ArrayBuffer>;
  /** By leaf. */
  states: RunCheckpoint[];
}

/** Runs a recipe that reads no corpus. */
export async function trainRun(engine: Engine, wish: object): Promise<TrainedRun> {
  const recipe = parseRecipe({ ...wish, engine: engine.digest });
  const inputs = await loadInputs(recipe, () => Promise.reject(new Error("it names no corpus")));
  const states: RunCheckpoint[] = [];
  const run = await runRecipe({
    ...{ recipe, recipeHash: await recipeHash(recipe), engine, ...inputs },
    onLeaf: (_, checkpoint) => void states.push(checkpoint),
  });
  const file = trainedFile({
    ...{ recipe, run, dtype: "fp32", trainWallMs: 1 },
    tokenizer: inputs.tokenizer,
  });
  return { recipe, file, states };
}

/** A scored entry that waits for its replay, as if the file had come through the form. */
export async function trainedEntry(
  { db, blobs }: Pick<Services, "db" | "blobs">,
  file: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<Entry> {
  const { digest } = await blobs.putBytes(file);
  const { recipe, chain, weights } = readTinygpt(file);
  const parsed = parseRecipe(recipe);
  return await addEntry(db, {
    ...{ name, file_digest: digest, parameters: weights.length },
    ...{ recipe: JSON.stringify(recipe), chain: JSON.stringify(parseChain(chain)) },
    training_flops: trainingFlops(parsed),
    recipe_hash: await recipeHash(parsed),
  });
}
