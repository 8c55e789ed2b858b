// A replay as a job, wherever it runs: reads what it is given, tells of its progress, has a result.
// Knows no disk and no JavaScript engine.

import type { Engine } from "../../lib/engine/engine.ts";
import { IntegrityError, ValidationError } from "../../lib/errors.ts";
import { readTinygpt, type TinygptFile } from "../../lib/format/read.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { parseChain } from "../../lib/verification/chain.ts";
import { decodeCheckpoint } from "../../lib/verification/model_file.ts";
import { recipeOrNull } from "../../lib/verification/parse_recipe.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { VerifyProgress } from "../../lib/verification/replay_claim.ts";
import { assertResumable, type RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import type { Segment, VerificationResult, VerifierInfo } from "../../lib/verification/types.ts";
import { verifyFile } from "../../lib/verification/verify.ts";
import { DATA_DIR, type JobSpec, STATE_FILE } from "../job_protocol.ts";

/** Share of the whole job that is the replay; the rest is scoring. */
const REPLAY_SHARE = 0.95;

type Progress = (stage: string, fraction: number, etaMs?: number) => void;

export interface ReplayHost {
  spec: JobSpec;
  engine: Engine;
  /** Why that is not the engine the recipe names although it was given; null where it is. */
  instead: string | null;
  verifier: VerifierInfo;
  /** The submitted model. */
  model: Uint8Array<ArrayBuffer>;
  /** A file below the job's folder. */
  read: (path: string) => Promise<Uint8Array>;
  progress: Progress;
  /** What an attempt before this one left. */
  saved?: (recipe: Recipe) => Promise<RunCheckpoint | undefined>;
  save?: (recipe: Recipe, checkpoint: RunCheckpoint) => Promise<void>;
}

/** @throws {TinyproofError} when the job's own files are damaged: no word about the entry. */
export async function replayJob(host: ReplayHost): Promise<VerificationResult> {
  const { spec, engine, instead, verifier, read } = host;
  const file = await modelOf(host);
  const recipe = recipeOrNull(file.recipe);
  const segment = spec.segment ?? undefined;
  const resume = recipe
    ? await host.saved?.(recipe) ?? await startState(host, recipe, file.chain)
    : undefined;
  return await verifyFile({
    ...{ file, engine, instead, verifier, resume, segment },
    loadData: (path) => read(`${DATA_DIR}/${path}`),
    uploads: new Set(spec.uploads ?? []),
    claimedScores: spec.claimedScores,
    budgetFlops: spec.budget?.flops,
    budgetBytes: spec.budget?.bytes,
    nowMs: () => performance.now(),
    onCheckpoint: (checkpoint) => host.save?.(recipe!, checkpoint),
    onProgress: recipe
      ? progressOf(host.progress, stretchOf(file.chain, recipe, segment))
      : undefined,
  });
}

/**
 * @throws {IntegrityError} when its bytes have changed since it came: a disk's fault must not end as
 *   a mismatch of the entry.
 * @throws {FormatError} when it was malformed from the start.
 */
export async function modelOf(
  { model, spec }: { model: Uint8Array<ArrayBuffer>; spec: JobSpec },
): Promise<TinygptFile> {
  const digest = await sha256Hex(model);
  if (digest === spec.fileDigest) return readTinygpt(model);
  throw new IntegrityError("The stored file is not the one that was submitted", {
    expected: `SHA-256 ${spec.fileDigest}`,
    got: `SHA-256 ${digest}`,
    fix: "This is a fault of the board: its copy of the file must be restored.",
  });
}

/**
 * Where the segment starts, proven to be the state that the file's chain claims there; undefined
 * for the seed.
 *
 * @throws {TinyproofError} when the kept state is another one: that is no word about the entry.
 */
async function startState(
  { spec: { segment }, read }: ReplayHost,
  recipe: Recipe,
  claimed: unknown,
): Promise<RunCheckpoint | undefined> {
  if (segment === null || segment.from === 0) return undefined;
  const { leaves } = parseChain(claimed);
  const { checkpoint } = decodeCheckpoint(await read(STATE_FILE));
  const differs = Array.from({ length: segment.from + 1 }, (_, i) => i)
    .find((i) => checkpoint.leaves[i] !== leaves[i]);
  if (differs !== undefined || checkpoint.leaves.length !== segment.from + 1) {
    throw new ValidationError("The kept state is not one of this run", {
      expected: `the state of leaf ${segment.from}`,
      got: `one of ${checkpoint.leaves.length} leaves, the first other one ${differs ?? "none"}`,
      fix: "Replay the run from its seed.",
    });
  }
  await assertResumable(recipe, checkpoint);
  return checkpoint;
}

/** First and last step of what is replayed. */
function stretchOf(chain: unknown, { steps }: { steps: number }, segment?: Segment) {
  if (!segment) return { first: 0, last: steps };
  const { leafSteps } = parseChain(chain);
  return { first: leafSteps[segment.from] ?? 0, last: leafSteps[segment.to] ?? steps };
}

/** Tells of the steps of that stretch, and when the job will be done. */
function progressOf(
  progress: Progress,
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
