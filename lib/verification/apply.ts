// Writes the outcome of a replay: the signed report, the entry's provenance and the ledger's
// "verdict".

import { sql, type Transaction } from "kysely";
import { linkSameTraining, lockTrainings } from "../leaderboard/same_training.ts";
import type { ProvenanceState } from "../storage/entry_schema.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { recountRuntimes } from "./confirmation_store.ts";
import { recipeOrNull } from "./parse_recipe.ts";
import { buildStatement, type Statement, statementDigest } from "./report.ts";
import { holdStates } from "./kept_store.ts";
import type { ReportSigner } from "./signer.ts";
import type { SampleScope } from "./spot_check.ts";
import { ticketAndCount } from "./ticket_store.ts";
import { hasReport, putReport } from "./store.ts";
import type { VerifyJobResult } from "./result_schema.ts";
import type { Verdict, VerificationResult } from "./types.ts";

export interface Applying {
  at: Date;
  signer: ReportSigner;
}

/** A replay, or several that are joined to one. */
export type AppliedRun = Omit<VerifyJobResult, "kept"> & {
  kept?: VerifyJobResult["kept"];
  /** What it is joined from. */
  parts?: readonly VerificationResult[];
  /** Of a spot check: what was drawn. */
  sample?: SampleScope;
};

/**
 * Applied again, it writes the same report and state.
 *
 * @returns the report's id.
 */
export async function applyVerification(
  trx: Transaction<Database>,
  entryId: string,
  run: AppliedRun,
  { at, signer }: Applying,
): Promise<string> {
  const { result } = run;
  const statement = await statementOf(trx, entryId, run);
  const digest = await statementDigest(statement);
  const id = digest.slice(0, 16);
  if (!await hasReport(trx, id)) {
    await putReport(trx, {
      id,
      entry_id: entryId,
      verdict: result.verdict,
      first_divergent_step: result.firstDivergentStep,
      recipe_hash: result.recipeHash,
      statement: jsonb(statement),
      statement_digest: digest,
      envelope: jsonb(await signer.sign(trx, statement, at)),
    });
  }
  const state = provenanceOf(result.verdict);
  if (state !== null) await setProvenance(trx, entryId, state, run, at);
  if (state === "exact") await holdStates(trx, entryId, run.kept ?? []);
  await recountRuntimes(trx, entryId);
  await appendEvent(trx, "verdict", {
    entry: entryId,
    report: id,
    verdict: result.verdict,
    firstDivergentStep: result.firstDivergentStep,
    recipe: result.recipeHash,
    statement: digest,
  }, at);
  return id;
}

async function statementOf(
  trx: Transaction<Database>,
  entryId: string,
  run: AppliedRun,
): Promise<Statement> {
  const entry = await trx.selectFrom("entry").select(["recipe", "model_digest", "ticket"])
    .where("id", "=", entryId).executeTakeFirstOrThrow();
  const { result, startedAt, finishedAt, parts = [], sample } = run;
  return buildStatement({
    ...{ result, startedAt, finishedAt, parts: parts.length, sample },
    recipe: recipeOrNull(entry.recipe),
    modelDigest: entry.model_digest ?? "",
    ticket: await ticketAndCount(trx, entry.ticket),
  });
}

async function setProvenance(
  trx: Transaction<Database>,
  entryId: string,
  provenance: ProvenanceState,
  { result, parts = [result] }: AppliedRun,
  at: Date,
): Promise<void> {
  await lockTrainings(trx);
  const exact = provenance === "exact";
  // Of the part that fewest runtimes have looked at.
  const independent = Math.min(...parts.map(runtimesOf));
  const updated = await trx.updateTable("entry").set({
    provenance,
    exact_count: exact ? sql<number>`greatest(exact_count, ${independent}::integer)` : 0,
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
