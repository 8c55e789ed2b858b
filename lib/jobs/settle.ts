// Ends a job or an attempt: writes what it found or why it failed, with its settlement in the queue.

import { IntegrityError } from "../errors.ts";
import { finishOrder } from "../lab/order_store.ts";
import type { Claim, Trx } from "../queue/queue.ts";
import {
  getJob,
  type Holder,
  type JobFailure,
  markDone,
  markFailed,
  markRetrying,
} from "../queue/store.ts";
import type { JobOutcome } from "../operating/metrics.ts";
import type { Services } from "../services.ts";
import type { Assignment, Job, JobKind, JobState } from "../storage/job_schema.ts";
import { applyFailure, applyScoreResult } from "../submissions/apply.ts";
import { applyVerification } from "../verification/apply.ts";
import { applyPart, failPart } from "../verification/apply_part.ts";
import { evictStates } from "../verification/kept_store.ts";
import { askForStates, removeSpotStates } from "../verification/ask_states.ts";
import { sweep } from "../verification/sweep.ts";
import { engineBlob } from "./files.ts";
import {
  type Complete,
  ENGINE_FILE,
  type Fail,
  type JobFailureOutcome,
  type JobResult,
  jobResultSchema,
  type Lease,
  NAMED_ENGINE_FILE,
  type SettledState,
} from "./protocol.ts";

const ENGINE_FILES = [ENGINE_FILE, NAMED_ENGINE_FILE];

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
    return await settleFailure(services, job, {
      ...{ stage: job.stage, reason: checked.unusable, fix: OUR_FAULT },
      retryable: true,
    });
  }
  const state = await store(services, job, checked.result);
  if (state === "done") counted(services, job, state);
  if (state === "done") {
    // The result is stored: what follows from it must not undo that.
    const follows = job.kind === "score" ? sweep(services) : makeRoom(services);
    await follows.catch(services.jobs.onError);
  }
  return state;
}

async function makeRoom(services: Services): Promise<void> {
  await evictStates(services, services.config.keptBytes);
  await removeSpotStates(services);
}

/** Another attempt, or the end, according to what went wrong. */
export async function failJob(
  services: Services,
  holder: Holder,
  { stage, outcome, ...lease }: Fail,
): Promise<SettledState> {
  const job = await getJob(services.db, lease.job);
  if (!isHeld(job, holder, lease)) return stateNow(job, holder, lease);
  if (outcome.ended === "handed-back") {
    const state = await handBack(services, job);
    if (state === "queued") counted(services, job, "handed-back");
    return state;
  }
  return await settleFailure(services, job, failureOf(outcome, job.kind, stage));
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
  const asked = assignment?.seed === undefined ? kind : "fresh-seed";
  if (result.kind !== asked) return unusable(`it is of another kind, ${result.kind}`);
  const { engineDigest } = result.kind === "verify" ? result.result : result;
  const given = assignment?.files.filter(({ path }) => ENGINE_FILES.includes(path)) ??
    [await engineBlob(services)];
  if (!given.some(({ sha256 }) => sha256 === engineDigest)) {
    return unusable("it comes from another engine");
  }
  const fault = faultOf(result, assignment);
  return fault === null ? { result } : { unusable: fault };
}

/** What is wrong with a result, measured by what was asked for. */
function faultOf(result: JobResult, assignment: Assignment | null): string | null {
  if (result.kind === "score") {
    const keys = (list: { id: string; version: number }[]) =>
      list.map(({ id, version }) => `${id}@${version}`).sort().join(" ");
    const scored = result.scores.map(({ benchmark: id, version }) => ({ id, version }));
    const asked = assignment?.benchmarks ?? [];
    if (keys(scored) !== keys(asked)) return noUse("it has not the scores that were asked for");
    const period = result.twins?.period ?? null;
    return period === assignment?.twinPeriod
      ? null
      : noUse("it is about another quarter's sealed twins");
  }
  if (result.kind === "fresh-seed") {
    return result.seed === assignment?.seed ? null : noUse("it is about another seed");
  }
  if (result.kind === "generate") {
    const said = result.completions.map(({ promptId }) => promptId).sort();
    const isAll = said.join("\n") === (assignment?.prompts ?? []).toSorted().join("\n");
    return isAll ? null : noUse("it has not the completions that were asked for");
  }
  const { verdict, reasons, segment } = result.result;
  if (verdict === "error") return reasons.join(" ") || "The replay could not be run";
  const part = assignment?.segment;
  return segment?.from === part?.from && segment?.to === part?.to
    ? null
    : noUse("it is about another part of the run");
}

function noUse(why: string): string {
  return `The worker gave no usable result: ${why}`;
}

function unusable(why: string) {
  return { unusable: noUse(why) };
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
  { now, signer, queue, config }: Services,
  job: Job,
  result: JobResult,
): Promise<void> {
  const at = now();
  if (result.kind === "score") await applyScoreResult(trx, job.entry_id, result, at);
  else if (result.kind === "generate") {
    if (job.lab_order_id !== null) await finishOrder(trx, job.lab_order_id, result, at);
  } else if (job.replay_id !== null) await applyPart(trx, job, result, { at, signer });
  else if (result.kind === "verify") {
    const over = await askForStates(trx, { queue, config }, {
      ...{ entryId: job.entry_id, run: result, at },
    });
    if (!over.asked) await applyVerification(trx, job.entry_id, over.run, { at, signer });
  }
}

async function settleFailure(
  services: Services,
  job: Job,
  failure: Failure,
): Promise<SettledState> {
  const claim = claimOf(job);
  const state = await within(services, claim, (trx) => settle(trx, services, claim, failure));
  if (state === "retrying" || state === "failed") counted(services, job, state);
  return state;
}

/** Of the attempt that has just ended, from when it was handed over. */
function counted({ metrics, now }: Services, job: Job, outcome: JobOutcome): void {
  const startMs = (job.attempt_at ?? job.created_at).getTime();
  metrics.job(job.kind, outcome, Math.max(0, now().getTime() - startMs));
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
  const job = await getJob(trx, claim.id);
  const isPart = job !== null && job.replay_id !== null;
  const dead = !isPart && (retryable || claim.kind === "verify");
  await markFailed(trx, claim.id, words, { dead });
  if (isPart) await failPart(trx, queue, job, words.reason);
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
        // Others go on where they were; scoring would only take as long again.
        retryable: kind !== "score",
      };
  }
}
