// What reviewers said of others' scores, over all sets, as queries.

import { type Kysely, type RawBuilder, sql } from "kysely";
import { storable } from "../storage/json.ts";
import type { Database } from "../storage/schema.ts";
import type { Criterion, Rater } from "./types.ts";

export interface ReviewFilter {
  /** Id of a set. */
  set?: string;
  /** Id of a criterion. */
  criterion?: string;
  /** Of the verdict. */
  agree?: boolean;
  /** Those with a comment alone. */
  commented?: boolean;
}

/** A verdict on a score, with all it is about. */
export interface ListedReview {
  id: string;
  setId: string;
  setName: string;
  /** Of the completion, from 1. */
  position: number;
  model: string;
  category: string;
  prompt: string;
  completion: string;
  criterion: string;
  /** Its words; its id where its rubric is gone. */
  text: string;
  /** Whose score it is about. */
  rater: string;
  kind: Rater["kind"];
  score: number | null;
  note: string | null;
  reviewer: string;
  /** What the reviewer gave before the score was shown; null where it was on the screen. */
  blindValue: number | null;
  agree: boolean;
  comment: string;
  at: Date;
}

/** The newest verdict of each reviewer on each score; nothing of what a moderator has hidden. */
function verdicts({ set, criterion, agree, commented }: ReviewFilter): RawBuilder<unknown> {
  const when = (wanted: boolean, condition: RawBuilder<unknown>) => wanted ? condition : sql``;
  return sql`(select * from (
      select distinct on (rater_id, reviewer_id, item_id, criterion) * from lab_review
      where ${set === undefined ? sql`true` : sql`set_id = ${storable(set)}`}
      order by rater_id, reviewer_id, item_id, criterion, created_at desc, agree is null, id) as last
    where agree is not null
      ${when(criterion !== undefined, sql`and criterion = ${storable(criterion ?? "")}`)}
      ${when(agree !== undefined, sql`and agree = ${agree ?? false}`)}
      ${when(commented === true, sql`and comment <> ''`)}
      and exists (select from lab_set where lab_set.id = last.set_id and not hidden)
      and not exists (select from lab_hidden_rating as away where away.set_id = last.set_id
        and away.rater_id in (last.rater_id, last.reviewer_id)))`;
}

export async function countReviews(db: Kysely<Database>, filter: ReviewFilter): Promise<number> {
  const { rows: [{ n }] } = await sql<{ n: number }>`
    select count(*)::int as n from ${verdicts(filter)} as review`.execute(db);
  return n;
}

/** Newest first. */
export async function listReviews(
  db: Kysely<Database>,
  filter: ReviewFilter,
  { limit, offset }: { limit: number; offset: number },
): Promise<ListedReview[]> {
  type Row = Omit<ListedReview, "text"> & { rubrics: (string | null)[] };
  const { rows } = await sql<Row>`
    select review.id, review.set_id as "setId", lab_set.name as "setName", item.position,
      item.model, item.category, item.prompt, item.completion, review.criterion,
      rater.name as rater, rater.kind, score.value as score, score.note,
      reviewer.name as reviewer, review.blind_value as "blindValue", review.agree, review.comment,
      review.created_at as at,
      jsonb_build_array(rater.judge->>'rubricId', lab_set.rubric_id) as rubrics
    from ${verdicts(filter)} as review
      join lab_set on lab_set.id = review.set_id
      join lab_item as item on item.id = review.item_id
      join lab_rater as rater on rater.id = review.rater_id
      join lab_rater as reviewer on reviewer.id = review.reviewer_id
      left join lateral (select value, note from lab_score
        where set_id = review.set_id and rater_id = review.rater_id and item_id = review.item_id
          and criterion = review.criterion and round = 0
        order by seq desc limit 1) as score on true
    order by review.created_at desc, lab_set.id, item.position, review.criterion, review.id
    limit ${limit} offset ${offset}`.execute(db);
  const words = await criteriaOf(db, rows.flatMap(({ rubrics }) => rubrics));
  return rows.map(({ rubrics, ...row }) => ({
    ...row,
    text: rubrics.map((id) => words.get(`${id}\n${row.criterion}`)).find(Boolean)?.text ??
      row.criterion,
  }));
}

/** By the id of the rubric, a line end and its own. */
async function criteriaOf(
  db: Kysely<Database>,
  rubricIds: readonly (string | null)[],
): Promise<Map<string, Criterion>> {
  const ids = [...new Set(rubricIds.filter((id) => id !== null))];
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("lab_rubric").select(["id", "criteria"])
    .where("id", "in", ids).execute();
  return new Map(
    rows.flatMap(({ id, criteria }) => criteria.map((one) => [`${id}\n${one.id}`, one] as const)),
  );
}

/** What one can filter by: sets with a verdict, and the criteria of those that are meant. */
export async function reviewChoices(
  db: Kysely<Database>,
  { set }: Pick<ReviewFilter, "set">,
): Promise<{ sets: { id: string; name: string }[]; criteria: string[] }> {
  const sets = await db.selectFrom("lab_set").select(["id", "name"]).where("hidden", "=", false)
    .where((eb) =>
      eb.exists(
        eb.selectFrom("lab_review").whereRef("lab_review.set_id", "=", "lab_set.id")
          .where("agree", "is not", null).select("lab_review.id"),
      )
    ).orderBy("name").orderBy("id").execute();
  const ids = set === undefined ? sets.map(({ id }) => id) : [set];
  const criteria = ids.length === 0 ? [] : await db.selectFrom("lab_review").select("criterion")
    .distinct().where("set_id", "in", ids).where("agree", "is not", null).orderBy("criterion")
    .execute();
  return { sets, criteria: criteria.map(({ criterion }) => criterion) };
}
