// Ends a job or an attempt: writes what it found or why it failed, with its settlement in the queue.

import { IntegrityError } from "../errors.ts";
import type { Claim, Trx } from "../queue/queue.ts";
import type { JobOutcome } from "../operating/metrics.ts";
import { traceJob } from "../operating/tracing.ts";
import { getJob, type JobFailure, markDone, markFailed, markRetrying } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Job, JobKind, JobState } from "../storage/schema.ts";
import { applyFailure, applyScoreResult } from "../submissions/apply.ts";
import { applyVerification } from "../verification/apply.ts";
import { sweep } from "../verification/sweep.ts";
import type { Holder } from "./claim.ts";
import { engineBlob } from "./files.ts";
import {
  type Complete,
  type Fail,
  type JobFailureOutcome,
  type JobResult,
  jobResultSchema,
  type Lease,
  type SettledState,
} from "./protocol.ts";

export const OUR_FAULT =
  "This is a fault of the board, not of the file. Submit the file again later.";

type Failure = JobFailure & { retryable: boolean };

/** Somebody else has the job: everything is rolled back. */
class LostLease extends IntegrityError {}

/** Stores what a job found. A result that is no use is a failure of the attempt. */
export async function completeJob(
  services: Services,
  holder: Holder,
  { result, ...lease }: Complete,
): Promise<SettledState> {
  const job = await getJob(services.db, lease.job);
  if (!isHeld(job, holder, lease)) return stateNow(job, holder, lease);
  const checked = await checkResult(services, job, result);
  if ("unusable" in checked) {
    return noted(
      services,
      job,
      await settleFailure(services, job, {
        ...{ stage: job.stage, reason: checked.unusable, fix: OUR_FAULT },
        retryable: true,
      }),
    );
  }
  const state = noted(services, job, await store(services, job, checked.result));
  if (state === "done" && job.kind === "score") {
    // The result is stored: what follows from it must not undo that.
    await sweep(services).catch(services.jobs.onError);
  }
  return state;
}

/** Another attempt, or the end, according to what went wrong. */
export async function failJob(
  services: Services,
  holder: Holder,
  { stage, outcome, ...lease }: Fail,
): Promise<SettledState> {
  const job = await getJob(services.db, lease.job);
  if (!isHeld(job, holder, lease)) return stateNow(job, holder, lease);
  const state = outcome.ended === "handed-back"
    ? await handBack(services, job)
    : await settleFailure(services, job, failureOf(outcome, job.kind, stage));
  return noted(services, job, state);
}

/** What the operator is told of an attempt; who has lost the lease has ended nothing. */
const OUTCOMES: Partial<Record<SettledState, JobOutcome>> = {
  ...{ done: "done", failed: "failed", retrying: "retrying", queued: "handed-back" },
};

function noted(
  { metrics, config, now }: Services,
  { kind, entry_id, attempt_at }: Job,
  state: SettledState,
): SettledState {
  const outcome = OUTCOMES[state];
  if (outcome === undefined) return state;
  const startMs = (attempt_at ?? now()).getTime();
  metrics.job(kind, outcome, Math.max(0, now().getTime() - startMs));
  if (config.tracing) traceJob(kind, { entry: entry_id, outcome, startMs });
  return state;
}

/** An attempt that never began, by a fault of this server. */
export async function giveUpAttempt(
  services: Services,
  claim: Claim,
  { stage, reason }: { stage: string; reason: string },
): Promise<void> {
  const failure = { stage, reason, fix: OUR_FAULT, retryable: true };
  await within(services, claim, (trx) => settle(trx, services, claim, failure));
}

function isHeld(job: Job | null, holder: Holder, lease: Lease): job is Job {
  return isTheirs(job, holder, lease) && job.state === "running";
}

function isTheirs(job: Job | null, holder: Holder, { fence }: Lease): job is Job {
  return job !== null && job.holder === holder && job.fence === fence;
}

/** Said a second time, because the first answer was lost: the same answer. */
function stateNow(job: Job | null, holder: Holder, lease: Lease): SettledState {
  if (!isTheirs(job, holder, lease)) return "lost";
  const said: Partial<Record<JobState, SettledState>> = {
    ...{ done: "done", retrying: "retrying", queued: "queued" },
    ...{ failed: "failed", cancelled: "cancelled" },
  };
  return said[job.state] ?? "lost";
}

/** The delivery that this row tells of. */
function claimOf(job: Job): Claim {
  return {
    ...{ id: job.id, kind: job.kind, entryId: job.entry_id },
    ...{ retryCount: job.fence ?? 0, attempt: job.attempts },
    last: job.assignment?.last ?? false,
  };
}

async function checkResult(
  services: Services,
  { kind, assignment }: Job,
  value: unknown,
): Promise<{ result: JobResult } | { unusable: string }> {
  const parsed = jobResultSchema.safeParse(value);
  if (!parsed.success) return unusable(parsed.error.issues[0].message);
  const result = parsed.data;
  if (result.kind !== kind) return unusable(`it is of another kind, ${result.kind}`);
  const { engineDigest } = result.kind === "score" ? result : result.result;
  const { sha256 } = await engineBlob(services);
  if (engineDigest !== sha256) return unusable("it comes from another engine");
  if (result.kind === "score") {
    const keys = (list: { id: string; version: number }[]) =>
      list.map(({ id, version }) => `${id}@${version}`).sort().join(" ");
    const scored = result.scores.map(({ benchmark: id, version }) => ({ id, version }));
    const asked = assignment?.benchmarks ?? [];
    if (keys(scored) !== keys(asked)) return unusable("it has not the scores that were asked for");
    if ((result.twins?.period ?? null) !== assignment?.twinPeriod) {
      return unusable("it is about another quarter's sealed twins");
    }
  } else if (result.result.verdict === "error") {
    return { unusable: result.result.reasons.join(" ") || "The replay could not be run" };
  }
  return { result };
}

function unusable(why: string) {
  return { unusable: `The worker gave no usable result: ${why}` };
}

/** A result the database refuses is a failure like any other, not a job that never ends. */
async function store(services: Services, job: Job, result: JobResult): Promise<SettledState> {
  const claim = claimOf(job);
  try {
    return await within(services, claim, async (trx) => {
      mustBeOurs(claim, await services.queue.settle(trx, claim));
      await applyResult(trx, services, job, result);
      await markDone(trx, job.id);
      return "done";
    });
  } catch (error) {
    services.jobs.onError(error);
    const reason = `The result could not be stored: ${error}`;
    return await settleFailure(services, job, {
      ...{ stage: "storing the result", reason, fix: OUR_FAULT },
      retryable: true,
    });
  }
}

async function applyResult(
  trx: Trx,
  { now, signer }: Services,
  { entry_id }: Job,
  result: JobResult,
): Promise<void> {
  const at = now();
  if (result.kind === "score") await applyScoreResult(trx, entry_id, result, at);
  else await applyVerification(trx, entry_id, result, { at, signer });
}

function settleFailure(services: Services, job: Job, failure: Failure): Promise<SettledState> {
  const claim = claimOf(job);
  return within(services, claim, (trx) => settle(trx, services, claim, failure));
}

async function handBack(services: Services, job: Job): Promise<SettledState> {
  const claim = claimOf(job);
  return await within(services, claim, async (trx) => {
    mustBeOurs(claim, await services.queue.release(trx, claim));
    return "queued";
  });
}

/** In one transaction, undone when the lease turns out to be lost; watchers are told. */
async function within(
  { db, events }: Services,
  { entryId }: Pick<Claim, "entryId">,
  work: (trx: Trx) => Promise<SettledState>,
): Promise<SettledState> {
  try {
    return await db.transaction().execute(work);
  } catch (error) {
    if (error instanceof LostLease) return "lost";
    throw error;
  } finally {
    events.publish(entryId);
  }
}

async function settle(
  trx: Trx,
  { queue, now }: Services,
  claim: Claim,
  { retryable, ...words }: Failure,
): Promise<"retrying" | "failed"> {
  if (retryable && !claim.last) {
    mustBeOurs(claim, await queue.retryLater(trx, claim, words.reason));
    await markRetrying(trx, claim.id, words);
    return "retrying";
  }
  mustBeOurs(claim, await queue.settle(trx, claim));
  await markFailed(trx, claim.id, words, { dead: retryable || claim.kind === "verify" });
  // A replay that cannot be run says nothing about the entry.
  if (claim.kind !== "score") return "failed";
  // What another attempt might mend is no fault of the file.
  await applyFailure(trx, claim.entryId, retryable ? { ...words, ours: true } : words, now());
  return "failed";
}

function mustBeOurs({ id }: Claim, ours: boolean): void {
  if (!ours) throw new LostLease(`The lease of job ${id} was lost while it ran`);
}

function failureOf(
  outcome: Exclude<JobFailureOutcome, { ended: "handed-back" }>,
  kind: JobKind,
  stage: string,
): Failure {
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
  }
}
