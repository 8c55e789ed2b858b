// Body of a verification job: replays the recipe, keeping a checkpoint to go on from if killed.

import { TinyproofError } from "../../lib/errors.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { type Recipe, recipeHash, recipeOrNull } from "../../lib/verification/recipe.ts";
import { assertResumable, type RunCheckpoint } from "../../lib/verification/replay.ts";
import { verifyFile } from "../../lib/verification/verify.ts";
import type { JobContext, VerifyJobResult } from "../job_protocol.ts";
import { describeVerifier } from "../verifier.ts";
import { openJobEngine, readJobData, readModel } from "./host.ts";

const CHECKPOINT_FILE = "checkpoint.tinygpt";
/** Share of the whole job that is the replay; the rest is scoring. */
const REPLAY_SHARE = 0.95;

export async function runVerifyJob(context: JobContext): Promise<VerifyJobResult> {
  const { folder, spec, progress } = context;
  const startedAt = new Date().toISOString();
  progress("reading the file", 0);
  const file = await readModel(context);
  const recipe = recipeOrNull(file.recipe);
  const opened = await openJobEngine(context);
  const { engine } = opened;
  const resume = recipe ? await savedCheckpoint(context, recipe) : undefined;
  const startMs = performance.now();
  const before = recipe && resume ? REPLAY_SHARE * resume.state.step / recipe.steps : 0;
  const result = await verifyFile({
    file,
    engine,
    loadData: (path) => readJobData(folder, path),
    uploads: new Set(spec.uploads ?? []),
    claimedScores: spec.claimedScores,
    verifier: describeVerifier(opened, spec.flags),
    nowMs: () => performance.now(),
    resume,
    onCheckpoint: (checkpoint) => saveCheckpoint(context, recipe!, checkpoint),
    onProgress: ({ stage, fraction, step }) => {
      const replaying = stage === "replaying";
      const done = replaying
        ? REPLAY_SHARE * fraction
        : REPLAY_SHARE + (1 - REPLAY_SHARE) * fraction;
      const rate = (done - before) / (performance.now() - startMs);
      const etaMs = rate > 0 ? (1 - done) / rate : undefined;
      progress(replaying ? `replaying step ${step}` : "scoring again", done, etaMs);
    },
  });
  engine.close();
  return { result, startedAt, finishedAt: new Date().toISOString() };
}

/** Another attempt goes on from here; the file is whole or absent, unless the power fails. */
async function saveCheckpoint(
  { folder }: JobContext,
  recipe: Recipe,
  checkpoint: RunCheckpoint,
): Promise<void> {
  const saved = { checkpoint, recipeHash: await recipeHash(recipe), trainWallMs: 0 };
  const path = `${folder}/${CHECKPOINT_FILE}`;
  await Deno.writeFile(`${path}.partial`, encodeCheckpoint(recipe, saved));
  await Deno.rename(`${path}.partial`, path);
}

async function savedCheckpoint(
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
