// Audits with fresh seeds: asked for, concluded, and read back for pages.

import type { Kysely, Transaction } from "kysely";
import { toHex } from "../bytes.ts";
import { BudgetError, NotFoundError } from "../errors.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { isId } from "../storage/ids.ts";
import { jsonb } from "../storage/json.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Replay } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { Applying } from "./apply.ts";
import type { Asking } from "./ask_replay.ts";
import { canonicalDigest } from "./canonical.ts";
import { isOver, replayBudget, type ReplayLimits } from "./cost.ts";
import { parseRecipe } from "./parse_recipe.ts";
import { recipeHash } from "./recipe.ts";
import { endReplay, putReplay } from "./replay_store.ts";
import { seedJobResultSchema } from "./result_schema.ts";
import { ticketAndCount } from "./ticket_store.ts";
import { freshSeeds, type SeedAuditStatement, seedAuditStatement } from "./seed_audit.ts";

/**
 * A training of the entry's recipe from each of three seeds that are drawn now.
 *
 * @returns what the ledger says of it, or null when one is on its way.
 * @throws {BudgetError} when a training is over the limits of replays.
 */
export async function askForFreshSeeds(
  { trx, queue, askedBy }: Asking,
  entry: Entry,
  limits: ReplayLimits,
): Promise<{ nonce: string; seeds: number[] } | null> {
  const recipe = parseRecipe(entry.recipe);
  const budget = replayBudget(recipe);
  if (isOver(budget, limits)) {
    throw new BudgetError("Training this recipe again is over the budget", {
      expected: `at most ${limits.flops} operations and ${limits.memoryBytes} bytes of memory`,
      got: `${budget.flops} operations and ${budget.memoryBytes} bytes`,
      fix: "TINYPROOF_REPLAY_FLOPS and TINYPROOF_REPLAY_MIB set what this board spends on one.",
    });
  }
  const nonce = toHex(crypto.getRandomValues(new Uint8Array(32)));
  const seeds = await freshSeeds(nonce, await recipeHash(recipe));
  const replayId = await putReplay(trx, {
    ...{ entryId: entry.id, task: "fresh-seeds", askedBy, nonce },
    parts: seeds.map((seed) => ({ seed })),
  });
  if (replayId === null) return null;
  await queue.enqueueParts(trx, entry.id, entry.training_flops ?? 0, {
    ...{ replayId, task: "fresh-seeds" },
    shares: seeds.map(() => 1),
  });
  return { nonce, seeds };
}

/** Signs what the runs found. No verdict follows from it. */
export async function concludeFreshSeeds(
  trx: Transaction<Database>,
  { replay, results }: { replay: Replay; results: readonly unknown[] },
  { at, signer }: Applying,
): Promise<void> {
  const entry = await trx.selectFrom("entry")
    .select(["model_digest", "recipe", "ticket"]).where("id", "=", replay.entry_id)
    .executeTakeFirstOrThrow();
  const statement = seedAuditStatement({
    modelDigest: entry.model_digest ?? "",
    recipeHash: await recipeHash(parseRecipe(entry.recipe)),
    nonce: replay.nonce!,
    ticket: await ticketAndCount(trx, entry.ticket),
    runs: results.map((result) => seedJobResultSchema.parse(result)),
  });
  const envelope = await signer.sign(trx, statement, at);
  await trx.updateTable("replay")
    .set({ statement: jsonb(statement), envelope: jsonb(envelope) })
    .where("id", "=", replay.id).execute();
  await endReplay(trx, replay.id, { state: "done" });
  await appendEvent(trx, "fresh-seeds", {
    entry: replay.entry_id,
    audit: replay.id,
    statement: await canonicalDigest(statement),
  }, at);
}

export interface SeedAudit extends Pick<Replay, "id" | "state" | "reason" | "envelope"> {
  entryId: string;
  createdAt: Date;
  statement: SeedAuditStatement | null;
}

/** Of one entry, the newest first. */
export async function seedAuditsOf(db: Kysely<Database>, entryId: string): Promise<SeedAudit[]> {
  return (await audits(db).where("entry_id", "=", entryId).execute()).map(auditOf);
}

/** Its id, or null when there was none. */
export async function newestSeedAudit(db: Kysely<Database>): Promise<string | null> {
  return (await audits(db).limit(1).executeTakeFirst())?.id ?? null;
}

/** @throws {NotFoundError} when no audit has this id. */
export async function requireSeedAudit(db: Kysely<Database>, id: string): Promise<SeedAudit> {
  const found = isId(id) ? await audits(db).where("id", "=", id).executeTakeFirst() : undefined;
  if (found) return auditOf(found);
  throw new NotFoundError("There is no audit with this id", {
    got: id.slice(0, 40),
    fix: "Take the link from the page of the model.",
  });
}

function audits(db: Kysely<Database>) {
  return db.selectFrom("replay").selectAll().where("task", "=", "fresh-seeds")
    .orderBy("created_at", "desc").orderBy("id");
}

function auditOf(
  { id, entry_id, state, reason, envelope, created_at, statement }: Replay,
): SeedAudit {
  return {
    ...{ id, entryId: entry_id, state, reason, envelope, createdAt: created_at },
    statement: statement as SeedAuditStatement | null,
  };
}
