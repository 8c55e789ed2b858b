// One job from its files to its settlement: folder, process, heartbeats, result or failure.

import type { AssignedJob, JobFailureOutcome, Lease, SettledState } from "../lib/jobs/protocol.ts";
import type { BlobCache } from "./blob_cache.ts";
import type { Effects } from "./effects.ts";
import type { ChildOptions, ChildOutcome } from "./job_child.ts";
import { keptFile } from "./job_protocol.ts";
import type { OtherEngine } from "./other_engine/other_engine.ts";
import { runElsewhere } from "./other_engine/run_elsewhere.ts";
import { Pulse } from "./pulse.ts";
import { removeJobFolders, runAttempt } from "./run_attempt.ts";
import { RefusedError, type ServerApi, ServerAwayError } from "./server_api.ts";

export interface JobRunner {
  api: ServerApi;
  cache: BlobCache;
  effects: Effects;
  /** Absolute path of the folder of all jobs' folders. */
  jobsFolder: string;
  program: URL;
  threads: number;
  library: string | null;
  /** Instead of what the server asks for. */
  heartbeatMs?: number;
  run: (options: ChildOptions) => Promise<ChildOutcome>;
  otherEngine: OtherEngine | null;
  onError: (error: unknown) => void;
}

export interface StopSignals {
  /** Kills the process and hands the job back. */
  stopping: AbortSignal;
  /** Gives up telling the server. */
  leaving: AbortSignal;
}

/**
 * What became of the job. The folder of a job that is tried again stays: a replay goes on from its
 * checkpoints.
 * @throws {RefusedError} when the server lets this worker do nothing any more.
 */
export async function runJob(
  runner: JobRunner,
  job: AssignedJob,
  signals: StopSignals,
): Promise<SettledState> {
  const { api, effects } = runner;
  const lease: Lease = { job: job.job, fence: job.fence };
  const heartbeatMs = runner.heartbeatMs ?? job.heartbeatMs;
  const pulse = new Pulse({ api, effects, lease, heartbeatMs });
  const folder = `${runner.jobsFolder}/${job.job}`;
  try {
    const outcome = await work(runner, job, { folder, pulse, stopping: signals.stopping });
    if (pulse.lease === "held") await pulse.flush();
    const telling = { lease, pulse, outcome, leaving: signals.leaving };
    if (pulse.lease === "held") await handOverStates(runner, folder, telling);
    const state = pulse.lease === "held" ? await tell(runner, telling) : pulse.lease;
    if (!KEPT.includes(state)) await removeJobFolders(folder);
    return state;
  } finally {
    await pulse.stop();
  }
}

const KEPT: readonly SettledState[] = ["retrying", "queued", "lost"];

async function work(
  runner: JobRunner,
  job: AssignedJob,
  { folder, pulse, stopping }: { folder: string; pulse: Pulse; stopping: AbortSignal },
): Promise<ChildOutcome> {
  const { effects, program, threads, library, run, otherEngine, onError } = runner;
  const signal = AbortSignal.any([stopping, pulse.gone]);
  const endMs = effects.nowMs() + job.timeoutMs;
  try {
    return await runAttempt({
      ...{ job, folder, program, threads, library, run, otherEngine, signal, onError },
      runElsewhere,
      fill: (into) => fillFolder(runner, job, into, signal),
      leftMs: () => endMs - effects.nowMs(),
      onMessage: (message) => pulse.onMessage(message),
    });
  } catch (error) {
    if (signal.aborted) return { ended: "aborted" };
    onError(error);
    const reason = `The worker could not run the job: ${
      error instanceof Error ? error.message : error
    }`;
    return { ended: "killed", reason: reason.slice(0, 2000) };
  }
}

/** Each file from the cache; what is not there is asked for until the server gives it. */
async function fillFolder(
  { api, cache }: JobRunner,
  { files, ...job }: AssignedJob,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const lease = { job: job.job, fence: job.fence };
  for (const file of files) {
    const target = `${folder}/${file.path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await fetchFile({ api, cache }, file, target, { lease, signal });
  }
}

/** @throws {IntegrityError | RefusedError}, and the reason of `signal`. */
export async function fetchFile(
  { api, cache }: Pick<JobRunner, "api" | "cache">,
  file: { sha256: string; byteLength: number },
  target: string,
  { lease, signal }: { lease: Lease | null; signal: AbortSignal },
): Promise<void> {
  await api.untilAnswered(
    signal,
    () =>
      cache.copy(file, target, (blob, offset) => api.blob(blob, { lease, offset, signal }))
        .catch((error) => {
          // An answer that ends in the middle of a file.
          throw error instanceof Deno.errors.UnexpectedEof
            ? new ServerAwayError(error.message)
            : error;
        }),
  );
}

interface Telling {
  lease: Lease;
  pulse: Pulse;
  outcome: ChildOutcome;
  leaving: AbortSignal;
}

/** States that the replay kept. One that the server does not want is a loss of time later. */
async function handOverStates(
  { api, onError }: JobRunner,
  folder: string,
  { lease, pulse, outcome, leaving }: Telling,
): Promise<void> {
  if (outcome.ended !== "result" || outcome.result.kind !== "verify") return;
  const signal = AbortSignal.any([leaving, pulse.gone]);
  for (const state of outcome.result.kept) {
    const open = async () => (await Deno.open(`${folder}/${keptFile(state.leaf)}`)).readable;
    try {
      await api.keep(state, open, { lease, signal });
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
    }
  }
}

/** Says it until the server has heard it: a result outlives a restart of the server. */
async function tell(
  { api }: JobRunner,
  { lease, pulse, outcome, leaving }: Telling,
): Promise<SettledState> {
  const signal = AbortSignal.any([leaving, pulse.gone]);
  try {
    if (outcome.ended !== "result") {
      return await api.fail({ ...lease, stage: pulse.stage, outcome: failureOf(outcome) }, signal);
    }
    return await api.complete({ ...lease, result: outcome.result }, signal)
      .catch(async (error) => {
        if (!(error instanceof RefusedError) || !UNWANTED.has(error.status)) throw error;
        const reason = `The server refused the result: ${error.message}`;
        const failure = { ended: "killed" as const, reason };
        return await api.fail({ ...lease, stage: pulse.stage, outcome: failure }, signal);
      });
  } catch (error) {
    if (signal.aborted) return pulse.lease === "held" ? "lost" : pulse.lease;
    throw error;
  }
}

/** The body is at fault, not the worker. */
const UNWANTED = new Set([413, 422]);

function failureOf(outcome: Exclude<ChildOutcome, { ended: "result" }>): JobFailureOutcome {
  return outcome.ended === "aborted" ? { ended: "handed-back" } : outcome;
}
