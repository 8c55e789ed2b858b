// Writes the outcome of a replay: the report, the entry's provenance and the ledger's "verdict".

import { sql, type Transaction } from "kysely";
import { linkSameTraining } from "../leaderboard/same_training.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database, ProvenanceState } from "../storage/schema.ts";
import { canonicalDigest } from "./canonical.ts";
import { putReport } from "./store.ts";
import type { VerifyJobResult } from "./result_schema.ts";
import type { Verdict, VerificationResult } from "./types.ts";

/**
 * Applied again, it writes the same report and state.
 *
 * @param statement in-toto Statement v1 about `result`.
 * @returns the report's id.
 */
export async function applyVerification(
  trx: Transaction<Database>,
  entryId: string,
  { result, statement }: VerifyJobResult,
  at: Date,
): Promise<string> {
  const statementDigest = await canonicalDigest(statement);
  const id = statementDigest.slice(0, 16);
  await putReport(trx, {
    id,
    entry_id: entryId,
    verdict: result.verdict,
    first_divergent_step: result.firstDivergentStep,
    recipe_hash: result.recipeHash,
    statement: JSON.stringify(statement),
    statement_digest: statementDigest,
  });
  const state = provenanceOf(result.verdict);
  if (state !== null) await setProvenance(trx, entryId, state, result, at);
  await appendEvent(trx, "verdict", {
    entry: entryId,
    report: id,
    verdict: result.verdict,
    firstDivergentStep: result.firstDivergentStep,
    recipe: result.recipeHash,
    statement: statementDigest,
  }, at);
  return id;
}

async function setProvenance(
  trx: Transaction<Database>,
  entryId: string,
  provenance: ProvenanceState,
  result: VerificationResult,
  at: Date,
): Promise<void> {
  const exact = provenance === "exact";
  const updated = await trx.updateTable("entry").set({
    provenance,
    exact_count: exact ? sql<number>`greatest(exact_count, ${runtimesOf(result)}::integer)` : 0,
    trained_digest: exact ? result.trainedDigest : null,
    updated_at: sql`now()`,
  })
    // What a probe has refused, no replay brings back.
    .where("id", "=", entryId).where("provenance", "!=", "rejected")
    .returning("model_digest").executeTakeFirst();
  if (updated?.model_digest) await linkSameTraining(trx, updated.model_digest, at);
}

/** An error of ours says nothing about the entry. */
function provenanceOf(verdict: Verdict): ProvenanceState | null {
  return verdict === "error" ? null : verdict;
}

/** Runtimes count as independent when their engine family or instruction set differs. */
function runtimesOf(result: VerificationResult): number {
  return new Set(result.verifiers.map(({ engineFamily, isa }) => `${engineFamily} ${isa}`)).size;
}
