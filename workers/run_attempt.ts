// Runs the process of one attempt, and further ones where a difference has to be confirmed.

import { IntegrityError } from "../lib/errors.ts";
import type { AssignedJob } from "../lib/jobs/protocol.ts";
import {
  combineVerifications,
  CONFIRM_V8_FLAGS,
  foundByNative,
  replaceNative,
} from "../lib/verification/combine.ts";
import type { VerifyJobResult } from "../lib/verification/result_schema.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import type { ChildOptions, ChildOutcome } from "./job_child.ts";
import { CHECKPOINT_FILE } from "./jobs/checkpoints.ts";
import { openFolder, removeFolder, removeSpec, writeSpec } from "./job_folder.ts";
import type { OtherEngine } from "./other_engine/other_engine.ts";
import { type JobMessage, type JobSpecInput, NAMED_ENGINE_FILE } from "./job_protocol.ts";

export interface Attempt {
  job: AssignedJob;
  /** Absolute. */
  folder: string;
  /** The program of a job process. */
  program: URL;
  threads: number;
  /** Path of the native library to try; null for WebAssembly alone. */
  library: string | null;
  /** Copies the job's files into a folder. */
  fill: (folder: string) => Promise<void>;
  run: (options: ChildOptions) => Promise<ChildOutcome>;
  /** An engine of another family, for confirming; null for another configuration of our own. */
  otherEngine: OtherEngine | null;
  runElsewhere: (engine: OtherEngine, options: ChildOptions) => Promise<ChildOutcome>;
  /** What is left of the job's time. */
  leftMs: () => number;
  onMessage: (message: JobMessage) => void;
  signal: AbortSignal;
  onError: (error: unknown) => void;
}

interface Configuration {
  confirm: boolean;
  flags: string[];
  library: string | null;
  elsewhere?: OtherEngine;
}

/**
 * Of the second replay, by what does it, and of the one without native kernels: no checkpoint is
 * shared.
 */
const FURTHER_FOLDERS = (folder: string) => ({
  v8: `${folder}-confirm`,
  bun: `${folder}-bun`,
  firefox: `${folder}-firefox`,
  wasm: `${folder}-wasm`,
});

export async function removeJobFolders(folder: string): Promise<void> {
  for (const each of [folder, ...Object.values(FURTHER_FOLDERS(folder))]) await removeFolder(each);
}

/**
 * Replays use native kernels where the operator wants them, on the first attempt alone: what ends a
 * process may be they. A difference they find is left to WebAssembly, and what WebAssembly finds is
 * replayed once more before it counts: in an engine of another family where there is one that runs,
 * else in another configuration of V8.
 */
export async function runAttempt(attempt: Attempt): Promise<ChildOutcome> {
  const { job, folder } = attempt;
  const native = job.kind === "verify" && job.attempt === 1 ? attempt.library : null;
  let outcome = await run(attempt, { confirm: false, flags: [], library: native });
  if (!isMismatch(outcome)) return outcome;
  const further = FURTHER_FOLDERS(folder);
  if (foundByNative(outcome.result.result)) {
    outcome = await replayWithoutNative({ ...attempt, folder: further.wasm }, outcome.result);
    if (!isMismatch(outcome)) return outcome;
  }
  return await confirm(attempt, outcome.result);
}

async function confirm(attempt: Attempt, first: VerifyJobResult): Promise<ChildOutcome> {
  const { otherEngine: elsewhere, onMessage, onError } = attempt;
  const folders = FURTHER_FOLDERS(attempt.folder);
  const join = (second: VerificationResult) => combineVerifications(first.result, second);
  if (elsewhere !== null) {
    onMessage({ type: "log", line: `A difference: looking again in ${elsewhere.path}.` });
    const there = { ...attempt, folder: folders[elsewhere.kind] };
    const outcome = await whileItAdvances(
      there.folder,
      () => replayAgain(there, first, { confirm: true, flags: [], elsewhere, join }),
    );
    if (outcome.ended !== "error" && outcome.ended !== "killed") return outcome;
    const why = outcome.ended === "error" ? outcome.error.reason : outcome.reason;
    onError(new Error(`${elsewhere.path} could not confirm a mismatch: ${why}`));
    onMessage({ type: "log", line: `It did not run there: ${why}`.slice(0, 2000) });
  }
  const here = { ...attempt, folder: folders.v8 };
  return await replayAgain(here, first, { confirm: true, flags: CONFIRM_V8_FLAGS, join });
}

/** Once more after it was killed, for as long as it leaves a later checkpoint behind each time. */
async function whileItAdvances(
  folder: string,
  replay: () => Promise<ChildOutcome>,
): Promise<ChildOutcome> {
  for (let before = await savedAt(folder);;) {
    const outcome = await replay();
    const after = await savedAt(folder);
    if (outcome.ended !== "killed" || after === before) return outcome;
    before = after;
  }
}

/** When the last checkpoint was written, or null. */
async function savedAt(folder: string): Promise<number | null> {
  const file = await Deno.stat(`${folder}/${CHECKPOINT_FILE}`).catch(() => null);
  return file?.mtime?.getTime() ?? null;
}

type Mismatch = { ended: "result"; result: { kind: "verify" } & VerifyJobResult };

function isMismatch(outcome: ChildOutcome): outcome is Mismatch {
  return outcome.ended === "result" && outcome.result.kind === "verify" &&
    outcome.result.result.verdict === "mismatch";
}

function replayWithoutNative(attempt: Attempt, native: VerifyJobResult): Promise<ChildOutcome> {
  return replayAgain(attempt, native, {
    ...{ confirm: false, flags: [] },
    join(wasm) {
      if (wasm.verdict === "exact") {
        attempt.onError(
          new IntegrityError("Native kernels found a difference where WebAssembly finds none", {
            expected: `the bits of entry ${attempt.job.entryId}`,
            got: native.result.reasons.join(" "),
            fix: "Replay without native kernels, and report the processor and the C compiler.",
          }),
        );
      }
      return replaceNative(native.result, wasm);
    },
  });
}

/** A further replay by WebAssembly; `join` makes of its result the job's, which began with `first`. */
async function replayAgain(
  attempt: Attempt,
  { startedAt }: VerifyJobResult,
  { confirm, flags, elsewhere, join }: {
    confirm: boolean;
    flags: string[];
    elsewhere?: OtherEngine;
    join: (result: VerificationResult) => VerificationResult;
  },
): Promise<ChildOutcome> {
  const outcome = await run(attempt, { confirm, flags, library: null, elsewhere });
  if (outcome.ended !== "result" || outcome.result.kind !== "verify") return outcome;
  const { result, finishedAt } = outcome.result;
  return {
    ended: "result",
    result: { kind: "verify", result: join(result), startedAt, finishedAt, kept: [] },
  };
}

async function run(attempt: Attempt, configuration: Configuration): Promise<ChildOutcome> {
  const { job, folder, threads, fill, leftMs, onMessage, signal, program } = attempt;
  const { confirm, flags, library, elsewhere } = configuration;
  await openFolder(folder);
  await fill(folder);
  const named = job.files.find(({ path }) => path === NAMED_ENGINE_FILE);
  const spec: JobSpecInput = {
    ...{ kind: job.kind, jobId: job.job, entryId: job.entryId, attempt: job.attempt },
    ...{ fileDigest: job.fileDigest, benchmarks: job.benchmarks, twin: job.twin },
    ...{ uploads: job.uploads, claimedScores: job.claimedScores, generation: job.generation },
    ...{ confirm, flags, threads, native: library, namedEngine: named?.sha256 ?? null },
    // States of the first replay alone: a confirmed difference is nothing to start from.
    ...{ segment: job.segment, seed: job.seed, keep: confirm ? [] : job.keep },
  };
  await writeSpec(folder, spec);
  try {
    const options: ChildOptions = {
      ...{ folder, program, library, onMessage, signal },
      v8Flags: flags,
      memoryBytes: job.memoryBytes,
      timeoutMs: Math.max(1, leftMs()),
    };
    return await (elsewhere ? attempt.runElsewhere(elsewhere, options) : attempt.run(options));
  } finally {
    // It may hold the seed of the sealed twins, and the folder may stay.
    await removeSpec(folder);
  }
}
