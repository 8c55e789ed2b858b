// Raters, their scores and reviews as queries. Scores are only ever added.

import { type Kysely, sql } from "kysely";
import { utf8 } from "../bytes.ts";
import { NotFoundError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import { randomId } from "../storage/ids.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { LabRaterRow, NewLabScore } from "../storage/lab_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { JudgeIdentity, Rater, Review, ScoreCell, ScoreEvent } from "./types.ts";

const BATCH_ROWS = 1_000;

function raterOf(row: LabRaterRow): Rater {
  const { id, kind, name, seed, judge } = row;
  return { id, kind, name, seed, judge, accountId: row.account_id, createdAt: row.created_at };
}

/** What a rater without an account keeps in the browser; the server knows its digest only. */
export function tokenDigest(token: string): Promise<string> {
  return sha256Hex(utf8("lab-rater/v1"), utf8(token));
}

export interface NewRater {
  /** Random unless given. */
  id?: string;
  kind: "human" | "judge";
  name: string;
  /** Of the order in which it sees items: below 2^53. */
  seed: number;
  accountId?: string | null;
  tokenDigest?: string | null;
  judge?: JudgeIdentity | null;
  at: Date;
}

export async function createRater(db: Kysely<Database>, rater: NewRater): Promise<Rater> {
  const row = await db.insertInto("lab_rater").values({
    id: rater.id ?? randomId(),
    kind: rater.kind,
    name: rater.name,
    seed: rater.seed,
    account_id: rater.accountId ?? null,
    token_digest: rater.tokenDigest ?? null,
    judge: rater.judge ? jsonb(rater.judge) : null,
    created_at: rater.at,
  }).returningAll().executeTakeFirstOrThrow();
  return raterOf(row);
}

/** @throws {NotFoundError} when there is none. */
export async function requireRater(db: Kysely<Database>, id: string): Promise<Rater> {
  const row = await db.selectFrom("lab_rater").selectAll().where("id", "=", storable(id))
    .executeTakeFirst();
  if (row) return raterOf(row);
  throw new NotFoundError(`There is no rater ${id}`);
}

/** The rater that an account is, or null. */
export async function raterByAccount(
  db: Kysely<Database>,
  accountId: string,
): Promise<Rater | null> {
  const row = await db.selectFrom("lab_rater").selectAll().where("account_id", "=", accountId)
    .where("kind", "=", "human").executeTakeFirst();
  return row ? raterOf(row) : null;
}

/** The rater a token belongs to, or null. */
export async function raterByToken(db: Kysely<Database>, token: string): Promise<Rater | null> {
  const row = await db.selectFrom("lab_rater").selectAll()
    .where("token_digest", "=", await tokenDigest(token)).executeTakeFirst();
  return row ? raterOf(row) : null;
}

/** Of a rater and a set: no moderator has hidden what the one gave on the other. */
function isShown(setId: string, rater: "lab_rater.id" | "rater_id" | "reviewer_id") {
  return sql<boolean>`not exists (select from lab_hidden_rating as hidden
    where hidden.set_id = ${setId} and hidden.rater_id = ${sql.ref(rater)})`;
}

/** Whose scores of a set a moderator has hidden, by name. */
export async function hiddenRaters(db: Kysely<Database>, setId: string): Promise<Rater[]> {
  const rows = await db.selectFrom("lab_rater").selectAll("lab_rater")
    .innerJoin("lab_hidden_rating", "lab_hidden_rating.rater_id", "lab_rater.id")
    .where("lab_hidden_rating.set_id", "=", setId).orderBy("name").orderBy("id").execute();
  return rows.map(raterOf);
}

/**
 * Who has scored something of a set: people first, then judges, oldest first. Without those whose
 * scores are hidden, like all that is asked of everybody's.
 */
export async function ratersOf(db: Kysely<Database>, setId: string): Promise<Rater[]> {
  const rows = await db.selectFrom("lab_rater").selectAll()
    .where((eb) =>
      eb.exists(
        eb.selectFrom("lab_score").where("lab_score.set_id", "=", setId)
          .whereRef("lab_score.rater_id", "=", "lab_rater.id").select("lab_score.seq"),
      )
    )
    .where(isShown(setId, "lab_rater.id"))
    .orderBy("kind").orderBy("created_at").orderBy("id").execute();
  return rows.map(raterOf);
}

/** A rater with how much it scored of a set, repeats apart. */
export interface CountedRater extends Rater {
  scores: number;
  repeats: number;
}

/** As `ratersOf`. */
export async function countedRaters(
  db: Kysely<Database>,
  setId: string,
): Promise<CountedRater[]> {
  const { rows } = await sql<{ rater: string; scores: number; repeats: number }>`
    select rater_id as rater, count(*) filter (where round = 0)::int as scores,
      count(*) filter (where round > 0)::int as repeats
    from (select distinct on (rater_id, item_id, criterion, round) rater_id, round, value
      from lab_score where set_id = ${setId}
      order by rater_id, item_id, criterion, round, seq desc) as last
    where value is not null group by rater_id`.execute(db);
  const counts = new Map(rows.map((row) => [row.rater, row]));
  return (await ratersOf(db, setId)).map((rater) => ({
    ...rater,
    scores: counts.get(rater.id)?.scores ?? 0,
    repeats: counts.get(rater.id)?.repeats ?? 0,
  }));
}

/** An event with the key its sender made for it, if any, and when it was taken in. */
export interface KeptEvent extends ScoreEvent {
  key?: string | null;
  at: Date;
}

/**
 * Adds events in their order; one whose key is there already is not added again.
 * @returns how many were new.
 */
export async function addScores(
  db: Kysely<Database>,
  setId: string,
  events: readonly KeptEvent[],
): Promise<number> {
  let added = 0;
  for (let from = 0; from < events.length; from += BATCH_ROWS) {
    const rows = events.slice(from, from + BATCH_ROWS).map((event): NewLabScore => ({
      set_id: setId,
      item_id: event.itemId,
      criterion: event.criterion,
      rater_id: event.raterId,
      round: event.round,
      value: event.value,
      note: event.note === null ? null : storable(event.note),
      judge_shown: event.judgeShown,
      event_key: event.key ?? null,
      at: event.at,
    }));
    const kept = await db.insertInto("lab_score").values(rows)
      .onConflict((conflict) => conflict.column("event_key").doNothing())
      .returning("seq").execute();
    added += kept.length;
  }
  return added;
}

/**
 * The scores of a set that count: the last of each item, criterion, rater and round.
 * @param options `notes`: false leaves explanations out, which are most of the bytes.
 */
export async function scoresOf(
  db: Kysely<Database>,
  setId: string,
  { raterId, notes = true }: { raterId?: string; notes?: boolean } = {},
): Promise<ScoreCell[]> {
  let last = db.selectFrom("lab_score")
    .select([
      "item_id as itemId",
      "criterion",
      "rater_id as raterId",
      "round",
      "value",
      "judge_shown as judgeShown",
    ])
    .select(notes ? "note" : sql<string | null>`null`.as("note"))
    .distinctOn(["rater_id", "item_id", "criterion", "round"])
    .where("set_id", "=", setId);
  // Who asks for one rater's has found that rater here, or is that rater.
  last = raterId === undefined
    ? last.where(isShown(setId, "rater_id"))
    : last.where("rater_id", "=", raterId);
  const rows = await last
    .orderBy("rater_id").orderBy("item_id").orderBy("criterion").orderBy("round")
    .orderBy("seq", "desc").execute();
  return rows.filter((row): row is ScoreCell => row.value !== null);
}

/** Adds reviews in their order. */
export async function addReviews(
  db: Kysely<Database>,
  setId: string,
  reviews: readonly (Review & { at: Date })[],
): Promise<void> {
  for (let from = 0; from < reviews.length; from += BATCH_ROWS) {
    await db.insertInto("lab_review").values(
      reviews.slice(from, from + BATCH_ROWS).map((review) => ({
        id: randomId(),
        set_id: setId,
        item_id: review.itemId,
        criterion: review.criterion,
        rater_id: review.raterId,
        reviewer_id: review.reviewerId,
        blind_value: review.blindValue,
        agree: review.agree,
        comment: storable(review.comment),
        created_at: review.at,
      })),
    ).execute();
  }
}

/** The newest review of each score and reviewer. */
export function reviewsOf(
  db: Kysely<Database>,
  setId: string,
  { raterId }: { raterId?: string } = {},
): Promise<Review[]> {
  let query = db.selectFrom("lab_review")
    .select([
      "item_id as itemId",
      "criterion",
      "rater_id as raterId",
      "reviewer_id as reviewerId",
      "blind_value as blindValue",
      "agree",
      "comment",
    ])
    .distinctOn(["rater_id", "reviewer_id", "item_id", "criterion"])
    .where("set_id", "=", setId)
    .where(isShown(setId, "rater_id")).where(isShown(setId, "reviewer_id"));
  if (raterId !== undefined) query = query.where("rater_id", "=", raterId);
  return query.orderBy("rater_id").orderBy("reviewer_id").orderBy("item_id").orderBy("criterion")
    // A verdict follows its blind score, be it within the same millisecond.
    .orderBy(sql`created_at desc, agree is null, id`).execute();
}
