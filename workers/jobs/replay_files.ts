// The checkpoints of a replay as files of its job: to go on from, and to keep.

import { sha256Hex } from "../../lib/hash.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { StateRef } from "../../lib/verification/result_schema.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { type JobContext, keptFile } from "../job_protocol.ts";
import { CHECKPOINT_FILE, checkpointBytes, usableCheckpoint } from "./checkpoints.ts";

/** Another attempt goes on from here; the file is whole or absent, unless the power fails. */
export async function saveCheckpoint(
  { folder, spec: { keep } }: JobContext,
  recipe: Recipe,
  checkpoint: RunCheckpoint,
): Promise<void> {
  const bytes = await checkpointBytes(recipe, checkpoint);
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
  return bytes === null ? undefined : await usableCheckpoint(bytes, recipe, log);
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
