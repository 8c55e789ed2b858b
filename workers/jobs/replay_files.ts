// The checkpoints of a replay as files of its job: to go on from, and to keep.

import { TinyproofError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import { assertResumable, type RunCheckpoint } from "../../lib/verification/replay.ts";
import type { StateRef } from "../../lib/verification/result_schema.ts";
import { type JobContext, keptFile } from "../job_protocol.ts";

const CHECKPOINT_FILE = "checkpoint.tinygpt";

/** Another attempt goes on from here; the file is whole or absent, unless the power fails. */
export async function saveCheckpoint(
  { folder, spec: { keep } }: JobContext,
  recipe: Recipe,
  checkpoint: RunCheckpoint,
): Promise<void> {
  const saved = { checkpoint, recipeHash: await recipeHash(recipe), trainWallMs: 0 };
  const bytes = encodeCheckpoint(recipe, saved);
  const leaf = checkpoint.leaves.length - 1;
  const names = [CHECKPOINT_FILE, ...keep.includes(leaf) ? [keptFile(leaf)] : []];
  for (const path of names.map((name) => `${folder}/${name}`)) {
    await Deno.writeFile(`${path}.partial`, bytes);
    await Deno.rename(`${path}.partial`, path);
  }
}

export async function savedCheckpoint(
  { folder, log }: JobContext,
  recipe: Recipe,
): Promise<RunCheckpoint | undefined> {
  const bytes = await Deno.readFile(`${folder}/${CHECKPOINT_FILE}`).catch(() => null);
  if (bytes === null) return undefined;
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

/** The states that were to be kept and are there, with the SHA-256 of their files. */
export async function keptStates(
  { folder, spec: { keep } }: Pick<JobContext, "folder" | "spec">,
): Promise<StateRef[]> {
  const found: StateRef[] = [];
  for (const leaf of keep) {
    const bytes = await Deno.readFile(`${folder}/${keptFile(leaf)}`).catch(() => null);
    if (bytes === null) continue;
    found.push({ leaf, sha256: await sha256Hex(bytes), byteLength: bytes.length });
  }
  return found;
}
