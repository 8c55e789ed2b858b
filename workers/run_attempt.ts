// Runs the process of one attempt, and a second one where a mismatch needs confirming.

import type { Claim } from "../lib/queue/queue.ts";
import type { Services } from "../lib/services.ts";
import type { Entry } from "../lib/storage/schema.ts";
import { scoresOf } from "../lib/submissions/store.ts";
import { combineVerifications, CONFIRM_V8_FLAGS } from "../lib/verification/combine.ts";
import { recipeOrNull } from "../lib/verification/recipe.ts";
import { buildStatement } from "../lib/verification/report.ts";
import { type ChildOutcome, runChild } from "./job_child.ts";
import { prepareFolder } from "./job_folder.ts";
import type { JobMessage, JobResult, JobSpec } from "./job_protocol.ts";
import type { SupervisorSettings } from "./supervisor.ts";

export interface Attempt {
  services: Services;
  settings: SupervisorSettings;
  claim: Claim;
  entry: Entry;
  folder: string;
  onMessage: (message: JobMessage) => void;
  signal: AbortSignal;
}

/** Folder of the second replay of the job in `folder`. */
export function confirmFolder(folder: string): string {
  return `${folder}-confirm`;
}

export function runAttempt(attempt: Attempt): Promise<ChildOutcome> {
  return run(attempt, { confirm: false, flags: [] });
}

/**
 * Replays once more in another configuration of V8, in a folder of its own so that no checkpoint
 * of the first replay is used, and joins both results into one with one statement.
 */
export async function confirmMismatch(
  attempt: Attempt,
  first: JobResult & { kind: "verify" },
): Promise<ChildOutcome> {
  const startedAt = attempt.services.now().toISOString();
  const folder = confirmFolder(attempt.folder);
  const outcome = await run({ ...attempt, folder }, { confirm: true, flags: CONFIRM_V8_FLAGS });
  if (outcome.ended !== "result" || outcome.result.kind !== "verify") return outcome;
  const result = combineVerifications(first.result, outcome.result.result);
  const statement = buildStatement({
    result,
    recipe: recipeOrNull(attempt.entry.recipe),
    modelDigest: attempt.entry.model_digest ?? "",
    startedAt,
    finishedAt: attempt.services.now().toISOString(),
  });
  return { ended: "result", result: { kind: "verify", result, statement } };
}

async function run(
  attempt: Attempt,
  { confirm, flags }: { confirm: boolean; flags: string[] },
): Promise<ChildOutcome> {
  const { services, settings, claim, entry, folder, onMessage, signal } = attempt;
  const { kind } = claim;
  const spec: JobSpec = {
    ...{ kind, confirm, flags },
    jobId: claim.id,
    entryId: entry.id,
    fileDigest: entry.file_digest,
    attempt: claim.attempt,
    threads: services.config.jobThreads,
    claimedScores: kind === "verify" ? await claimedScores(attempt) : [],
  };
  await prepareFolder(folder, {
    spec,
    modelPath: services.blobs.path(entry.file_digest),
    enginePath: settings.enginePath,
    dataRoot: settings.dataRoot,
    dataFiles: settings.dataFiles[kind],
  });
  return await runChild({
    ...{ folder, onMessage, signal },
    program: settings.program,
    v8Flags: flags,
    memoryBytes: services.config.jobMemoryBytes,
    timeoutMs: settings.timeoutMs[kind],
  });
}

async function claimedScores({ services, entry }: Attempt): Promise<JobSpec["claimedScores"]> {
  const scores = await scoresOf(services.db, entry.model_digest ?? "");
  return scores.flatMap(({ benchmark, version, score }) =>
    score === null ? [] : [{ benchmark, version, score }]
  );
}
