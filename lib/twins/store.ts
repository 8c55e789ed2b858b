// Seeds of the sealed twins and what came of them, as queries. A seed that is not revealed leaves
// this file only towards a scoring job.

import { type Kysely, sql, type Transaction } from "kysely";
import { type Proportion, twinGap } from "../benchmarks/gap.ts";
import { twinCommitment, type TwinOutcome } from "../benchmarks/twins.ts";
import { fromHex, toHex } from "../bytes.ts";
import { SEED_BYTES } from "../corpora/seed_random.ts";
import { IntegrityError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { TwinScore } from "../storage/entry_schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { quarterOf } from "./quarter.ts";

type Trx = Transaction<Database>;

/** Any constant of our own: PostgreSQL's advisory locks share one number space. */
const TWINS_LOCK = 0x7715;

/** The seed of a quarter, in hexadecimal. Secret. */
export interface SealedSeed {
  period: string;
  seed: string;
}

/** What everybody may know of a quarter's twin. */
export interface TwinPeriod {
  period: string;
  /** SHA-256("twin-seed/v1" | seed). */
  commitment: string;
  committedAt: Date;
  /** Null while it is sealed. */
  seed: string | null;
  revealedAt: Date | null;
}

/**
 * Commits to a seed for the present quarter where there is none, and reveals those of earlier ones,
 * each with an event of the ledger. Called often: without change it is one query.
 *
 * @returns the present quarter's seed; null when it is revealed already, for a clock that went back.
 */
export async function rotateTwins(
  { db, now }: Pick<Services, "db" | "now">,
): Promise<SealedSeed | null> {
  const at = now(), period = quarterOf(at);
  const sealed = await sealedSeeds(db);
  if (sealed.length === 1 && sealed[0].period === period) return sealed[0];
  return await db.transaction().execute(async (trx) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(TWINS_LOCK)})`.execute(trx);
    for (const past of await sealedSeeds(trx)) {
      if (past.period < period) await reveal(trx, past, at);
    }
    const present = await trx.selectFrom("twin_seed").select(["period", "seed", "revealed_at"])
      .where("period", "=", period).executeTakeFirst();
    if (present === undefined) return await commit(trx, period, at);
    return present.revealed_at === null ? { period, seed: present.seed } : null;
  });
}

function sealedSeeds(db: Kysely<Database>): Promise<SealedSeed[]> {
  return db.selectFrom("twin_seed").select(["period", "seed"]).where("revealed_at", "is", null)
    .orderBy("period").execute();
}

async function commit(trx: Trx, period: string, at: Date): Promise<SealedSeed> {
  const bytes = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const [seed, commitment] = [toHex(bytes), await twinCommitment(bytes)];
  await trx.insertInto("twin_seed").values({ period, commitment, seed, committed_at: at })
    .execute();
  await appendEvent(trx, "twin-commitment", { period, commitment }, at);
  return { period, seed };
}

async function reveal(trx: Trx, { period, seed }: SealedSeed, at: Date): Promise<void> {
  await trx.updateTable("twin_seed").set({ revealed_at: at }).where("period", "=", period)
    .execute();
  const commitment = await twinCommitment(fromHex(seed));
  await appendEvent(trx, "twin-reveal", { period, commitment, seed }, at);
}

/** Newest first. */
export async function twinPeriods(db: Kysely<Database>): Promise<TwinPeriod[]> {
  const rows = await db.selectFrom("twin_seed")
    .select((eb) => [
      "period",
      "commitment",
      "committed_at as committedAt",
      "revealed_at as revealedAt",
      // A sealed seed is not even read.
      eb.case().when("revealed_at", "is not", null).then(eb.ref("seed")).end().as("seed"),
    ])
    .orderBy("period", "desc").execute();
  return rows;
}

/** Newest quarter first. */
export function twinScoresOf(db: Kysely<Database>, modelDigest: string): Promise<TwinScore[]> {
  return db.selectFrom("twin_score").selectAll().where("model_digest", "=", modelDigest)
    .orderBy("benchmark").orderBy("version").orderBy("period", "desc").execute();
}

/** What a scoring job found on the twin of one quarter. */
export interface TwinResult {
  modelDigest: string;
  engineDigest: string;
  period: string;
  outcomes: readonly TwinOutcome[];
}

/**
 * Sets each outcome beside the stored public score and keeps the gap. Applied again, it writes the
 * same rows.
 *
 * @throws {IntegrityError} when a public score is missing.
 */
export async function applyTwinResult(
  trx: Trx,
  { modelDigest, engineDigest, period, outcomes }: TwinResult,
): Promise<(TwinOutcome & { memorised: boolean })[]> {
  const applied = [];
  for (const outcome of outcomes) {
    const { benchmark, version, correct, trials } = outcome;
    const { gap, interval: [low, high], memorised } = twinGap(
      await publicProportion(trx, modelDigest, outcome),
      outcome,
    );
    const found = { correct, trials, gap, gap_low: low, gap_high: high, memorised };
    await trx.insertInto("twin_score")
      .values({
        ...{ model_digest: modelDigest, benchmark, version, period },
        ...{ ...found, engine_digest: engineDigest },
      })
      .onConflict((conflict) =>
        conflict.columns(["model_digest", "benchmark", "version", "period"])
          .doUpdateSet({ ...found, engine_digest: engineDigest })
      ).execute();
    applied.push({ ...outcome, memorised });
  }
  return applied;
}

/** Right answers among the public trials, from the score in percent and the number of examples. */
async function publicProportion(
  trx: Trx,
  modelDigest: string,
  { benchmark, version }: TwinOutcome,
): Promise<Proportion> {
  const row = await trx.selectFrom("score")
    .select(["score", sql<number>`jsonb_array_length(examples)`.as("trials")])
    .where("model_digest", "=", modelDigest).where("benchmark", "=", benchmark)
    .where("version", "=", version).executeTakeFirst();
  if (row === undefined || row.score === null || row.trials === 0) {
    throw new IntegrityError(`The twin of ${benchmark} has a score, its public trials have none`);
  }
  return { correct: Math.round(row.score * row.trials / 100), trials: row.trials };
}
