// Writes what a scoring job found, or why it failed, in the caller's transaction.

import type { Transaction } from "kysely";
import { putCorpusUse } from "../corpora/store.ts";
import { NotFoundError } from "../errors.ts";
import { linkSameTraining, lockTrainings } from "../leaderboard/same_training.ts";
import type { Entry, EntryFailure, ProvenanceState } from "../storage/entry_schema.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { applyTwinResult } from "../twins/store.ts";
import { corpusUses } from "../verification/corpus_use.ts";
import { recipeOrNull } from "../verification/parse_recipe.ts";
import { ticketOf } from "../verification/ticket_store.ts";
import type { ScoreJobResult } from "./score_result.ts";
import { getEntry, probesOf, putProbes, putScores, updateEntry } from "./store.ts";

type Trx = Transaction<Database>;

/**
 * Facts, scores, probes, status and the ledger's "score" event. Applied again, it writes the same
 * rows.
 */
export async function applyScoreResult(
  trx: Trx,
  entryId: string,
  result: ScoreJobResult,
  at: Date,
): Promise<void> {
  const { facts, scores, engineDigest } = result;
  await lockTrainings(trx);
  const entry = await getEntry(trx, entryId);
  if (entry === null) throw new NotFoundError(`No entry ${entryId}`);
  const recipe = recipeOrNull(facts.recipe);
  // Of a deleted account nobody knows the name any more: what was found out before stays.
  const drawn = await ticketOf(trx, entry.account_id, recipe);
  await updateEntry(trx, entryId, {
    ...factColumns(facts),
    status: entry.status === "withdrawn" ? "withdrawn" : "scored",
    provenance: await provenanceAfter(trx, entry, result),
    ticket: drawn?.ticket.id ?? entry.ticket,
    failure: null,
  });
  await putCorpusUse(trx, entryId, recipe === null ? [] : corpusUses(recipe));
  const holder = await linkSameTraining(trx, facts.modelDigest, at);
  await putScores(trx, scores.map((score) => scoreRow(result, score)));
  const measured = { model_digest: facts.modelDigest, engine_digest: engineDigest };
  await putProbes(trx, result.probes.map((probe) => ({ ...probe, ...measured })));
  const { twins } = result;
  const onTwins = twins === null ? [] : await applyTwinResult(trx, {
    ...{ modelDigest: facts.modelDigest, engineDigest },
    ...twins,
  });
  await appendEvent(trx, "score", {
    entry: entryId,
    model: facts.modelDigest,
    parameters: facts.parameters,
    recipe: facts.recipeHash,
    duplicateOf: holder === entryId ? null : holder,
    engine: engineDigest,
    scores: scores.map(({ benchmark, version, score }) => ({ benchmark, version, score })),
    probes: result.probes.map(({ probe, passed }) => ({ probe, passed })),
    twins: twins && { period: twins.period, scores: onTwins },
  }, at);
  await noteRejection(trx, entryId, result, at);
}

/** In the ledger, where a probe failed. */
async function noteRejection(
  trx: Trx,
  entryId: string,
  { facts, probes }: ScoreJobResult,
  at: Date,
): Promise<void> {
  const failed = probes.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const reasons = failed.map(({ probe, detail }) => ({ probe, detail }));
  await appendEvent(trx, "rejection", { entry: entryId, model: facts.modelDigest, reasons }, at);
}

/**
 * A failed probe rejects the entry. Without a recipe there is nothing to replay. A verdict already
 * found stays, unless it was a probe that now passes.
 */
async function provenanceAfter(
  trx: Trx,
  { provenance }: Entry,
  { facts, probes }: ScoreJobResult,
): Promise<ProvenanceState> {
  if (probes.some(({ passed }) => !passed)) return "rejected";
  if (facts.recipe === null || facts.recipe === undefined) return "external";
  if (provenance !== "rejected") return provenance;
  const before = await probesOf(trx, facts.modelDigest);
  return before.some(({ passed }) => !passed) ? "pending" : provenance;
}

/**
 * The entry failed for good: it says at which stage, why, and what to do. One that has its scores
 * keeps them: it was only to be scored again.
 */
export async function applyFailure(
  trx: Trx,
  entryId: string,
  failure: EntryFailure,
  at: Date,
): Promise<void> {
  const stored = jsonb(failure);
  const entry = await getEntry(trx, entryId);
  if (entry?.status !== "scored") {
    await updateEntry(trx, entryId, { status: "failed", failure: stored });
  }
  await appendEvent(trx, "failure", { entry: entryId, ...JSON.parse(stored) }, at);
}

function factColumns(facts: ScoreJobResult["facts"]) {
  return {
    model_digest: facts.modelDigest,
    parameters: facts.parameters,
    training_flops: facts.trainingFlops,
    training_tokens: facts.trainingTokens,
    self_reported_ms: facts.selfReportedMs,
    trained_in: facts.trainedIn ?? null,
    recipe_hash: facts.recipeHash,
    recipe: jsonOrNull(facts.recipe),
    chain: jsonOrNull(facts.chain),
    config: jsonOrNull(facts.config),
    samples: jsonOrNull(facts.samples),
    loss_history: jsonOrNull(facts.lossHistory),
    dtype: facts.dtype,
  };
}

function scoreRow(
  { facts, engineDigest }: ScoreJobResult,
  score: ScoreJobResult["scores"][number],
) {
  return {
    model_digest: facts.modelDigest,
    benchmark: score.benchmark,
    version: score.version,
    score: score.score,
    interval_low: score.interval?.[0] ?? null,
    interval_high: score.interval?.[1] ?? null,
    secondary: jsonb(score.secondary),
    incompatible_reason: score.incompatibleReason,
    examples: jsonb(score.examples),
    engine_digest: engineDigest,
    data_digest: score.dataDigest,
    wall_ms: score.wallMs,
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : jsonb(value);
}
