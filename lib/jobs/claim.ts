// Gives the next job to a worker, with all that it needs. Knows nothing of HTTP.

import { BENCHMARKS } from "../benchmarks/registry.ts";
import { isUploadId } from "../corpora/registry.ts";
import { getCorpus, getScan } from "../corpora/store.ts";
import { canReplay } from "../engine/conforming.ts";
import { IntegrityError, NotFoundError, UnavailableError } from "../errors.ts";
import { generationOf } from "../lab/order_store.ts";
import type { Claim } from "../queue/queue.ts";
import { getJob, type Holder, markRunning } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { Assignment } from "../storage/job_schema.ts";
import type { ReplayPart } from "../storage/replay_schema.ts";
import { getEntry, scoreSummariesOf, updateEntry } from "../submissions/store.ts";
import { rotateTwins, type SealedSeed } from "../twins/store.ts";
import { keptEngine } from "../verification/engine_store.ts";
import { useState } from "../verification/kept_store.ts";
import { recipeOrNull } from "../verification/parse_recipe.ts";
import { namedCorpora } from "../verification/recipe.ts";
import { partOf } from "../verification/replay_store.ts";
import { spotState } from "../verification/spot_check_store.ts";
import type { Segment } from "../verification/types.ts";
import { engineBlob, filesOf } from "./files.ts";
import { statesToKeep } from "./keep_state.ts";
import { programDigest } from "./program.ts";
import type { AssignedJob, BlobRef, ClaimAnswer, ClaimRequest } from "./protocol.ts";
import { giveUpAttempt } from "./settle.ts";
import { whenDue } from "./when_due.ts";

/** Whether the worker still waits for its answer: nothing is given to one that has gone away. */
export interface Presence {
  gone(): boolean;
  /** Aborts when it goes, where that can be heard; else `gone` is asked from time to time. */
  leaves?: AbortSignal;
}

/**
 * The next job of the first of `request.kinds` that has one; waits for it up to `request.waitMs`.
 *
 * @throws {IntegrityError} when the worker runs another version of the program.
 */
export async function claimJob(
  services: Services,
  holder: Holder,
  request: ClaimRequest,
  presence: Presence,
): Promise<ClaimAnswer> {
  const engine = await engineBlob(services);
  await mustRunThisProgram(request);
  if (request.engine?.sha256 !== engine.sha256) return { engine, job: null };
  const { lifecycle, jobs } = services;
  const leftMs = (endMs: number) => endMs - performance.now();
  const endMs = performance.now() + request.waitMs;
  for (;;) {
    if (presence.gone()) return { engine, job: null };
    if (lifecycle.stopping) throw aboutToStop();
    const due = whenDue(services, Math.min(jobs.pollMs, leftMs(endMs)));
    try {
      const job = await takeJob(services, holder, request, presence);
      if (job !== null || leftMs(endMs) <= 0) return { engine, job };
      await due.happened(lifecycle.signal, presence.leaves);
    } finally {
      due.cancel();
    }
  }
}

/** A worker asks again until another server, or this one anew, is there. */
function aboutToStop(): UnavailableError {
  return new UnavailableError("The server is about to stop", { fix: "Ask again in a moment." });
}

async function mustRunThisProgram({ program }: ClaimRequest): Promise<void> {
  const own = await programDigest();
  if (program === own) return;
  throw new IntegrityError("This worker runs another version of the program than the server", {
    expected: `sources with SHA-256 ${own}`,
    got: program,
    fix: "Bring the worker's checkout to the commit of the server and start it again.",
  });
}

async function takeJob(
  services: Services,
  holder: Holder,
  request: ClaimRequest,
  presence: Presence,
): Promise<AssignedJob | null> {
  for (const kind of request.kinds) {
    const claim = await services.queue.claim(kind);
    if (claim === null) continue;
    if (presence.gone()) {
      await services.db.transaction().execute((trx) => services.queue.release(trx, claim));
      return null;
    }
    const job = await handOver(services, claim, holder, request);
    if (job !== null) return job;
  }
  return null;
}

/** Null when it was cancelled; and when this server cannot, which counts as an attempt. */
async function handOver(
  services: Services,
  claim: Claim,
  holder: Holder,
  { worker }: ClaimRequest,
): Promise<AssignedJob | null> {
  const { db, events, jobs } = services;
  try {
    const entry = await getEntry(db, claim.entryId);
    if (entry === null) throw new NotFoundError(`No entry ${claim.entryId}`);
    const { job, assignment } = await assign(services, claim, entry);
    const { attempt, retryCount: fence } = claim;
    const running = await db.transaction().execute(async (trx) => {
      const handover = { attempt, fence, holder, worker, assignment };
      if (!await markRunning(trx, claim.id, handover)) return false;
      if (claim.kind === "score" && entry.status === "received") {
        await updateEntry(trx, entry.id, { status: "scoring" });
      }
      return true;
    });
    events.publish(entry.id);
    return running ? job : null;
  } catch (error) {
    jobs.onError(error);
    await giveUpAttempt(services, claim, {
      stage: "preparing the job",
      reason: `The job could not be prepared: ${error instanceof Error ? error.message : error}`,
    });
    return null;
  }
}

async function assign(
  services: Services,
  claim: Claim,
  entry: Entry,
): Promise<{ job: AssignedJob; assignment: Assignment }> {
  const { config, jobs } = services;
  const { id, kind, attempt, last, retryCount: fence } = claim;
  const [scoring, replaying] = [kind === "score", kind === "verify"];
  const uploads = replaying ? await uploadsOf(services, entry) : [];
  const part = replaying ? await partOf(services.db, id) : null;
  const segment = part && segmentOf(part);
  const state = segment === null ? null : await startOf(services, entry, segment);
  const named = replaying ? await namedEngine(services, entry, attempt) : null;
  const files = await filesOf(services, { kind, entry, named, uploads, state });
  const keep = replaying && !part ? await statesToKeep(services, entry) : undefined;
  const generation = kind === "generate" ? await generationOfJob(services, id) : null;
  const benchmarks = scoring ? await missingBenchmarks(services, entry) : [];
  const twin: SealedSeed | null = scoring ? await rotateTwins(services) : null;
  return {
    assignment: {
      ...{ files, benchmarks, last, twinPeriod: twin?.period ?? null },
      ...keep && { keep },
      ...segment && { segment },
      ...part?.seed != null && { seed: part.seed },
      ...generation && { prompts: generation.prompts.map((prompt) => prompt.id) },
    },
    job: {
      ...{ job: id, fence, kind, attempt, files, benchmarks, uploads },
      entryId: entry.id,
      fileDigest: entry.file_digest,
      twin,
      claimedScores: replaying ? await claimedScores(services, entry) : [],
      ...{ segment, seed: part?.seed ?? null, keep: keep?.leaves ?? [], generation },
      budget: { flops: config.replayFlops, bytes: config.replayBytes },
      timeoutMs: jobs.timeoutMs[kind],
      memoryBytes: config.jobMemoryBytes,
      heartbeatMs: jobs.heartbeatMs,
    },
  };
}

async function generationOfJob({ db }: Services, id: string) {
  const orderId = (await getJob(db, id))?.lab_order_id;
  if (orderId) return await generationOf(db, orderId);
  throw new NotFoundError("This job is of no order");
}

function segmentOf({ from_leaf: from, to_leaf: to }: ReplayPart): Segment | null {
  return from === null || to === null ? null : { from, to };
}

/**
 * The engine a recipe names, where it is kept and not the present one. The job decides between the
 * two; one during which a process ended at the first attempt gives way to the present one, if that is
 * known to give the same bits.
 */
async function namedEngine(
  services: Services,
  entry: Entry,
  attempt: number,
): Promise<BlobRef | null> {
  const { sha256: present } = await engineBlob(services);
  const declared = recipeOrNull(entry.recipe)?.engine ?? present;
  if (declared === present) return null;
  if (attempt > 1 && canReplay(present, declared)) return null;
  const kept = await keptEngine(services.db, declared);
  return kept && { sha256: kept.digest, byteLength: kept.byte_length };
}

/** Digest of the state a segment starts from; null when that is the seed. */
async function startOf({ db }: Services, entry: Entry, { from }: Segment): Promise<string | null> {
  if (from === 0) return null;
  const state = await useState(db, entry.id, from) ?? await spotState(db, entry.id, from);
  if (state !== null) return state.digest;
  throw new NotFoundError(`The state of leaf ${from} is not kept any more`);
}

/** All of the registry for a new entry; for a scored one what it has no score of, if anything. */
async function missingBenchmarks(
  { db }: Services,
  entry: Entry,
): Promise<AssignedJob["benchmarks"]> {
  const all = BENCHMARKS.map(({ id, version }) => ({ id, version }));
  if (entry.status !== "scored") return all;
  const scores = await scoreSummariesOf(db, entry.model_digest ?? "");
  const missing = all.filter(({ id, version }) =>
    !scores.some((score) => score.benchmark === id && score.version === version)
  );
  return missing.length > 0 ? missing : all;
}

/** The uploaded corpora of the entry's recipe that are here and scanned: only those may be used. */
async function uploadsOf({ db }: Services, entry: Entry): Promise<string[]> {
  const recipe = recipeOrNull(entry.recipe);
  const named = recipe === null ? [] : namedCorpora(recipe).map(({ corpus }) => corpus);
  const usable: string[] = [];
  for (const id of new Set(named.filter(isUploadId))) {
    if (await getCorpus(db, id) !== null && await getScan(db, id) !== null) usable.push(id);
  }
  return usable;
}

async function claimedScores(
  { db }: Services,
  entry: Entry,
): Promise<AssignedJob["claimedScores"]> {
  const scores = await scoreSummariesOf(db, entry.model_digest ?? "");
  return scores.flatMap(({ benchmark, version, score }) =>
    score === null ? [] : [{ benchmark, version, score }]
  );
}
