// Body of a verification job in a job process: a replay whose checkpoints are files.

import type { JobContext, VerifyJobResult } from "../job_protocol.ts";
import { describeVerifier } from "../verifier.ts";
import { openRecipeEngine, readModel } from "./host.ts";
import { replayJob } from "./replay.ts";
import { keptStates, saveCheckpoint, savedCheckpoint } from "./replay_files.ts";

export async function runVerifyJob(context: JobContext): Promise<VerifyJobResult> {
  const { folder, spec, progress } = context;
  const startedAt = new Date().toISOString();
  progress("reading the file", 0);
  const model = await readModel(context);
  const { opened, instead } = await openRecipeEngine(context);
  const result = await replayJob({
    ...{ spec, progress, model, engine: opened.engine, instead },
    verifier: describeVerifier(opened, spec.flags),
    read: (path) => Deno.readFile(`${folder}/${path}`),
    saved: (recipe) => savedCheckpoint(context, recipe),
    save: (recipe, checkpoint) => saveCheckpoint(context, recipe, checkpoint),
  });
  opened.engine.close();
  const kept = result.verdict === "exact" ? await keptStates(context) : [];
  return { result, startedAt, finishedAt: new Date().toISOString(), kept };
}
