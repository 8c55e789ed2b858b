// Runs the process of one attempt, and a second one where a mismatch needs confirming.

import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { isUploadId, uploadFile } from "../lib/corpora/registry.ts";
import { getCorpus, getScan } from "../lib/corpora/store.ts";
import type { Claim } from "../lib/queue/queue.ts";
import type { Services } from "../lib/services.ts";
import type { Entry } from "../lib/storage/schema.ts";
import { scoreSummariesOf } from "../lib/submissions/store.ts";
import { IntegrityError } from "../lib/errors.ts";
import {
  combineVerifications,
  CONFIRM_V8_FLAGS,
  foundByNative,
  replaceNative,
} from "../lib/verification/combine.ts";
import { namedCorpora, recipeOrNull } from "../lib/verification/recipe.ts";
import type { VerifyJobResult } from "../lib/verification/result_schema.ts";
import type { VerificationResult } from "../lib/verification/types.ts";
import { rotateTwins } from "../lib/twins/store.ts";
import { type ChildOutcome, runChild } from "./job_child.ts";
import { prepareFolder } from "./job_folder.ts";
import type { JobMessage, JobSpec } from "./job_protocol.ts";
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

/** Folder of the replay without native kernels of the job in `folder`. */
export function wasmFolder(folder: string): string {
  return `${folder}-wasm`;
}

/**
 * Replays use native kernels where the operator wants them, on the first attempt alone: what ends a
 * process may be they. A difference they find is left to WebAssembly.
 */
export async function runAttempt(attempt: Attempt): Promise<ChildOutcome> {
  const { services: { config }, settings, claim } = attempt;
  const native = config.nativeKernels && claim.kind === "verify" && claim.attempt === 1;
  const outcome = await run(attempt, {
    confirm: false,
    flags: [],
    library: native ? settings.nativeLibrary : null,
  });
  if (outcome.ended !== "result" || outcome.result.kind !== "verify") return outcome;
  const { result } = outcome.result;
  const settled = result.verdict !== "mismatch" || !foundByNative(result);
  return settled ? outcome : await replayWithoutNative(attempt, outcome.result);
}

async function replayWithoutNative(
  attempt: Attempt,
  { result: native, startedAt }: VerifyJobResult,
): Promise<ChildOutcome> {
  return await replayAgain({ ...attempt, folder: wasmFolder(attempt.folder) }, {
    ...{ confirm: false, flags: [], startedAt },
    join: (wasm) => {
      if (wasm.verdict === "exact") {
        attempt.settings.onError(
          new IntegrityError("Native kernels found a difference where WebAssembly finds none", {
            expected: `the bits of entry ${attempt.entry.id}`,
            got: native.reasons.join(" "),
            fix: "Set TINYPROOF_NATIVE=off and report the processor and the C compiler.",
          }),
        );
      }
      return replaceNative(native, wasm);
    },
  });
}

/**
 * Replays once more in another configuration of V8, in a folder of its own so that no checkpoint
 * of the first replay is used, and joins both results into one.
 */
export async function confirmMismatch(
  attempt: Attempt,
  first: VerifyJobResult,
): Promise<ChildOutcome> {
  return await replayAgain({ ...attempt, folder: confirmFolder(attempt.folder) }, {
    ...{ confirm: true, flags: CONFIRM_V8_FLAGS, startedAt: first.startedAt },
    join: (second) => combineVerifications(first.result, second),
  });
}

/** A further replay, in a folder of its own, by WebAssembly; `join` makes of its result the job's. */
async function replayAgain(
  attempt: Attempt,
  { confirm, flags, startedAt, join }: {
    confirm: boolean;
    flags: string[];
    /** Of the first replay. */
    startedAt: string;
    join: (result: VerificationResult) => VerificationResult;
  },
): Promise<ChildOutcome> {
  const outcome = await run(attempt, { confirm, flags, library: null });
  if (outcome.ended !== "result" || outcome.result.kind !== "verify") return outcome;
  const { result, finishedAt } = outcome.result;
  return {
    ended: "result",
    result: { kind: "verify", result: join(result), startedAt, finishedAt },
  };
}

async function run(
  attempt: Attempt,
  { confirm, flags, library }: { confirm: boolean; flags: string[]; library: string | null },
): Promise<ChildOutcome> {
  const { services, settings, claim, entry, folder, onMessage, signal } = attempt;
  const { kind } = claim;
  const uploads = kind === "verify" ? await uploadsOf(attempt) : [];
  const spec: JobSpec = {
    ...{ kind, confirm, flags },
    jobId: claim.id,
    entryId: entry.id,
    fileDigest: entry.file_digest,
    attempt: claim.attempt,
    threads: services.config.jobThreads,
    native: library,
    benchmarks: kind === "score" ? await missingBenchmarks(attempt) : [],
    twin: kind === "score" ? await rotateTwins(services) : null,
    uploads,
    claimedScores: kind === "verify" ? await claimedScores(attempt) : [],
  };
  const { blobs } = services;
  await prepareFolder(folder, {
    spec,
    modelPath: await blobs.localPath(entry.file_digest),
    enginePath: settings.enginePath,
    uploads: await Promise.all(
      uploads.map(async (id) => ({ path: await blobs.localPath(id), file: uploadFile(id) })),
    ),
    dataRoot: settings.dataRoot,
    dataFiles: settings.dataFiles[kind],
  });
  return await runChild({
    ...{ folder, onMessage, signal },
    program: settings.program,
    v8Flags: flags,
    library,
    memoryBytes: services.config.jobMemoryBytes,
    timeoutMs: settings.timeoutMs[kind],
  });
}

/** All of the registry for a new entry; for a scored one what it has no score of, if anything. */
async function missingBenchmarks({ services, entry }: Attempt): Promise<JobSpec["benchmarks"]> {
  const all = BENCHMARKS.map(({ id, version }) => ({ id, version }));
  if (entry.status !== "scored") return all;
  const scores = await scoreSummariesOf(services.db, entry.model_digest ?? "");
  const missing = all.filter(({ id, version }) =>
    !scores.some((score) => score.benchmark === id && score.version === version)
  );
  return missing.length > 0 ? missing : all;
}

/** The uploaded corpora of the entry's recipe that are here and scanned: only those may be used. */
async function uploadsOf({ services: { db }, entry }: Attempt): Promise<string[]> {
  const recipe = recipeOrNull(entry.recipe);
  const named = recipe === null ? [] : namedCorpora(recipe).map(({ corpus }) => corpus);
  const usable: string[] = [];
  for (const id of new Set(named.filter(isUploadId))) {
    if (await getCorpus(db, id) !== null && await getScan(db, id) !== null) usable.push(id);
  }
  return usable;
}

async function claimedScores({ services, entry }: Attempt): Promise<JobSpec["claimedScores"]> {
  const scores = await scoreSummariesOf(services.db, entry.model_digest ?? "");
  return scores.flatMap(({ benchmark, version, score }) =>
    score === null ? [] : [{ benchmark, version, score }]
  );
}
