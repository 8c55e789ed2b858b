// One claimed job from start to settlement: folder, process, progress, result or failure.

import { IntegrityError, NotFoundError } from "../lib/errors.ts";
import type { Claim, Trx } from "../lib/queue/queue.ts";
import { LEASE_SECONDS } from "../lib/queue/queue.ts";
import {
  type JobFailure,
  markDone,
  markFailed,
  markRetrying,
  markRunning,
} from "../lib/queue/store.ts";
import type { Services } from "../lib/services.ts";
import type { Entry, JobKind } from "../lib/storage/schema.ts";
import { applyFailure, applyScoreResult } from "../lib/submissions/apply.ts";
import { getEntry, updateEntry } from "../lib/submissions/store.ts";
import { applyVerification } from "../lib/verification/apply.ts";
import { removeFolder } from "./job_folder.ts";
import type { JobResult } from "./job_protocol.ts";
import {
  type Attempt,
  confirmFolder,
  confirmMismatch,
  runAttempt,
  wasmFolder,
} from "./run_attempt.ts";
import type { ChildOutcome } from "./job_child.ts";
import { progressRecorder } from "./progress.ts";
import type { SupervisorSettings } from "./supervisor.ts";

type Finished = Exclude<ChildOutcome, { ended: "aborted" }>;

class LostLease extends IntegrityError {}

/**
 * Runs the job and settles it. Returns its kind when it succeeded, else null.
 * @throws on trouble of our own; the lease then runs out and the job comes back.
 */
export async function runClaim(
  services: Services,
  settings: SupervisorSettings,
  claim: Claim,
  stopping: AbortSignal,
): Promise<JobKind | null> {
  const entry = await begin(services, claim);
  const folder = await jobFolder(services, claim.id);
  // From here on nothing may throw before `try`: a lease that is kept for ever blocks its job.
  const progress = progressRecorder(services, claim, settings.progressMs);
  const lease = keepLease(services, claim);
  const attempt: Attempt = {
    ...{ services, settings, claim, entry, folder },
    onMessage: progress.onMessage,
    signal: AbortSignal.any([stopping, lease.lost]),
  };
  try {
    let outcome = await runAttempt(attempt);
    if (isMismatch(outcome)) outcome = await confirmMismatch(attempt, outcome.result);
    await progress.finish();
    if (outcome.ended === "aborted") {
      if (!lease.lost.aborted) await services.queue.release(claim);
      return null;
    }
    const settled = await settleSomehow(services, claim, outcome, progress.stage());
    if (settled !== "retrying") await removeFolders(folder);
    return settled === "done" ? claim.kind : null;
  } finally {
    lease.stop();
    await progress.finish();
    services.events.publish(claim.entryId);
  }
}

async function begin({ db, events }: Services, claim: Claim): Promise<Entry> {
  const entry = await getEntry(db, claim.entryId);
  if (entry === null) throw new NotFoundError(`No entry ${claim.entryId}`);
  await markRunning(db, claim.id, claim.attempt);
  if (claim.kind === "score" && entry.status === "received") {
    await updateEntry(db, entry.id, { status: "scoring" });
  }
  events.publish(entry.id);
  return entry;
}

async function jobFolder({ config }: Services, jobId: string): Promise<string> {
  await Deno.mkdir(`${config.dataDir}/jobs`, { recursive: true });
  return `${await Deno.realPath(`${config.dataDir}/jobs`)}/${jobId}`;
}

async function removeFolders(folder: string): Promise<void> {
  await removeFolder(folder);
  await removeFolder(confirmFolder(folder));
  await removeFolder(wasmFolder(folder));
}

/** Extends the lease until stopped; `lost` aborts when somebody else has the job. */
function keepLease({ queue }: Services, claim: Claim) {
  const lost = new AbortController();
  const timer = setInterval(() => {
    // A query that fails is no proof of a lost lease: the next one tells.
    queue.extend(claim).then((ours) => ours || lost.abort()).catch(() => {});
  }, LEASE_SECONDS * 1000 / 3);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}

function isMismatch(
  outcome: ChildOutcome,
): outcome is { ended: "result"; result: JobResult & { kind: "verify" } } {
  return outcome.ended === "result" && outcome.result.kind === "verify" &&
    outcome.result.result.verdict === "mismatch";
}

/** A result the database refuses is a failure like any other, not a job that never ends. */
async function settleSomehow(
  services: Services,
  claim: Claim,
  outcome: Finished,
  stage: string,
): Promise<"done" | "failed" | "retrying"> {
  try {
    return await settle(services, claim, outcome, stage);
  } catch (error) {
    if (error instanceof LostLease || outcome.ended !== "result") throw error;
    const reason = `The result could not be stored: ${error}`;
    return await settle(services, claim, { ended: "killed", reason }, "storing the result");
  }
}

/** Ends the jobs that ran out of attempts while no server was there to say so. */
export async function failAbandoned(services: Services): Promise<void> {
  for (const { id, kind, entryId } of await services.queue.abandoned()) {
    const failure = { stage: "running", reason: "The server stopped during the last attempt" };
    await services.db.transaction().execute(async (trx) => {
      await markFailed(trx, id, { ...failure, fix: OUR_FAULT });
      if (kind !== "score") return;
      const ours = { ...failure, fix: OUR_FAULT, ours: true };
      await applyFailure(trx, entryId, ours, services.now());
    });
    await removeFolders(await jobFolder(services, id));
    services.events.publish(entryId);
  }
}

/** What became of the job, written together with its settlement in the queue. */
function settle(
  services: Services,
  claim: Claim,
  outcome: Finished,
  stage: string,
): Promise<"done" | "failed" | "retrying"> {
  return services.db.transaction().execute(async (trx) => {
    const failure = failureOf(outcome, claim.kind, stage);
    if (failure === null && outcome.ended === "result") {
      mustBeOurs(claim, await services.queue.settle(trx, claim));
      await applyResult(trx, services, claim, outcome.result);
      await markDone(trx, claim.id);
      return "done";
    }
    const { retryable, ...words } = failure ?? unknownFailure(stage);
    if (retryable && !claim.last) {
      mustBeOurs(claim, await services.queue.retryLater(trx, claim, words.reason));
      await markRetrying(trx, claim.id, words);
      return "retrying";
    }
    mustBeOurs(claim, await services.queue.settle(trx, claim));
    await markFailed(trx, claim.id, words);
    // A replay that cannot be run says nothing about the entry.
    if (claim.kind !== "score") return "failed";
    // What another attempt might mend is no fault of the file.
    const failed = retryable ? { ...words, ours: true } : words;
    await applyFailure(trx, claim.entryId, failed, services.now());
    return "failed";
  });
}

async function applyResult(
  trx: Trx,
  { now, signer }: Services,
  { entryId }: Claim,
  result: JobResult,
): Promise<void> {
  const at = now();
  if (result.kind === "score") await applyScoreResult(trx, entryId, result, at);
  else if (result.kind === "verify") await applyVerification(trx, entryId, result, { at, signer });
}

/** Rolls the transaction back: another worker has the job now, and its result counts. */
function mustBeOurs(claim: Claim, ours: boolean): void {
  if (!ours) throw new LostLease(`The lease of job ${claim.id} was lost while it ran`);
}

type Failure = JobFailure & { retryable: boolean };

const OUR_FAULT = "This is a fault of the board, not of the file. Submit the file again later.";

function failureOf(
  outcome: Finished,
  kind: JobKind,
  stage: string,
): Failure | null {
  switch (outcome.ended) {
    case "error":
      return outcome.error;
    case "killed":
      return { stage, reason: outcome.reason, fix: OUR_FAULT, retryable: true };
    case "timeout":
      return {
        stage,
        reason: "The job took longer than it may",
        fix: "Submit a smaller model or a shorter recipe.",
        // A replay goes on from its checkpoints; scoring would only take as long again.
        retryable: kind === "verify",
      };
    case "result":
      if (outcome.result.kind !== kind) return unknownFailure(stage);
      if (outcome.result.kind === "verify" && outcome.result.result.verdict === "error") {
        const reason = outcome.result.result.reasons.join(" ") || "The replay could not be run";
        return { stage, reason, fix: OUR_FAULT, retryable: true };
      }
      return null;
  }
}

function unknownFailure(stage: string): Failure {
  return { stage, reason: "The process gave no usable result", fix: OUR_FAULT, retryable: true };
}
