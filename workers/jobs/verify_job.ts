// Body of a verification job: replays the recipe, or a segment of its run.

import { parseChain } from "../../lib/verification/chain.ts";
import { recipeOrNull } from "../../lib/verification/recipe.ts";
import type { Segment } from "../../lib/verification/types.ts";
import { verifyFile, type VerifyProgress } from "../../lib/verification/verify.ts";
import type { JobContext, VerifyJobResult } from "../job_protocol.ts";
import { describeVerifier } from "../verifier.ts";
import { openJobEngine, readJobData, readModel } from "./host.ts";
import { keptStates, saveCheckpoint, savedCheckpoint, startState } from "./replay_files.ts";

/** Share of the whole job that is the replay; the rest is scoring. */
const REPLAY_SHARE = 0.95;

export async function runVerifyJob(context: JobContext): Promise<VerifyJobResult> {
  const { folder, spec } = context;
  const startedAt = new Date().toISOString();
  context.progress("reading the file", 0);
  const file = await readModel(context);
  const recipe = recipeOrNull(file.recipe);
  const opened = await openJobEngine(context);
  const segment = spec.segment ?? undefined;
  const resume = recipe
    ? await savedCheckpoint(context, recipe) ?? await startState(context, recipe, file.chain)
    : undefined;
  const result = await verifyFile({
    file,
    engine: opened.engine,
    loadData: (path) => readJobData(folder, path),
    uploads: new Set(spec.uploads ?? []),
    claimedScores: spec.claimedScores,
    verifier: describeVerifier(opened, spec.flags),
    nowMs: () => performance.now(),
    ...{ resume, segment },
    onCheckpoint: (checkpoint) => saveCheckpoint(context, recipe!, checkpoint),
    onProgress: recipe ? progressOf(context, stretchOf(file.chain, recipe, segment)) : undefined,
  });
  opened.engine.close();
  const kept = result.verdict === "exact" ? await keptStates(context) : [];
  return { result, startedAt, finishedAt: new Date().toISOString(), kept };
}

/** First and last step of what is replayed. */
function stretchOf(chain: unknown, { steps }: { steps: number }, segment?: Segment) {
  if (!segment) return { first: 0, last: steps };
  const { leafSteps } = parseChain(chain);
  return { first: leafSteps[segment.from] ?? 0, last: leafSteps[segment.to] ?? steps };
}

/** Tells of the steps of that stretch, and when the job will be done. */
function progressOf(
  { progress }: JobContext,
  { first, last }: { first: number; last: number },
): (at: VerifyProgress) => void {
  let start: { atMs: number; done: number } | null = null;
  return ({ stage, fraction, step }) => {
    const replaying = stage === "replaying";
    const done = replaying
      ? REPLAY_SHARE * (step - first) / Math.max(1, last - first)
      : REPLAY_SHARE + (1 - REPLAY_SHARE) * fraction;
    start ??= { atMs: performance.now(), done };
    const rate = (done - start.done) / (performance.now() - start.atMs);
    const etaMs = rate > 0 ? (1 - done) / rate : undefined;
    progress(replaying ? `replaying step ${step}` : "scoring again", Math.min(1, done), etaMs);
  };
}
