// The checkpoint of a replay as the bytes of a file, and what may be gone on from. Knows no disk.

import { TinyproofError } from "../../lib/errors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { assertResumable, type RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";

/** In the job's folder. */
export const CHECKPOINT_FILE = "checkpoint.tinygpt";

export async function checkpointBytes(
  recipe: Recipe,
  checkpoint: RunCheckpoint,
): Promise<Uint8Array<ArrayBuffer>> {
  const saved = { checkpoint, recipeHash: await recipeHash(recipe), trainWallMs: 0 };
  return encodeCheckpoint(recipe, saved);
}

/** What an earlier attempt left, or undefined when it is damaged or of another recipe. */
export async function usableCheckpoint(
  bytes: Uint8Array,
  recipe: Recipe,
  log: (line: string) => void,
): Promise<RunCheckpoint | undefined> {
  try {
    const { checkpoint, recipeHash: hash } = decodeCheckpoint(bytes);
    if (hash !== await recipeHash(recipe)) return undefined;
    await assertResumable(recipe, checkpoint);
    log(`Going on from step ${checkpoint.state.step}.`);
    return checkpoint;
  } catch (error) {
    if (!(error instanceof TinyproofError)) throw error;
    log(`The checkpoint is damaged, so the replay begins again: ${error.message}`);
    return undefined;
  }
}
