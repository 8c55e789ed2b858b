// What the pictures of a board show: the Pareto fronts and the history of its records. Server only.

import { type Kysely, sql } from "kysely";
import type { Database } from "../storage/schema.ts";
import { type BoardKey, type BoardRow, rankedEntries } from "./store.ts";

/** A cost a model is weighed against. */
export type Cost = "parameters" | "trainingFlops";

export interface ParetoPoint extends
  Pick<
    BoardRow,
    "entryId" | "name" | "author" | "provenance" | "exactCount" | "parameters" | "trainingFlops"
  > {
  score: number;
  /** No other model costs at most as much and scores at least as well, one of them strictly. */
  onFront: Record<Cost, boolean>;
}

/** Models behind the fronts that are drawn too: the best by score. */
const OTHERS_LIMIT = 300;

/**
 * Every model on either front and the best of the others, best score first. Models of unknown
 * training cost are on no front of FLOPs; equal in both cost and score, the earlier one stands there.
 */
export async function paretoPoints(
  db: Kysely<Database>,
  key: BoardKey,
): Promise<ParetoPoint[]> {
  const better = sql.raw(key.lowerIsBetter ? "asc" : "desc");
  const best = sql.raw(key.lowerIsBetter ? "min" : "max");
  const beats = sql.raw(key.lowerIsBetter ? "<" : ">");
  /** Cheapest first, the best of one cost first: on the front is who beats all before. */
  const front = (cost: string) =>
    sql<boolean>`coalesce(score ${beats} ${best}(score) over (
      order by ${sql.ref(cost)} nulls last, score ${better}, "createdAt", "entryId"
      rows between unbounded preceding and 1 preceding), true) and ${sql.ref(cost)} is not null`;
  const rows = await db
    .with("ranked", () => rankedEntries(db, key))
    .with("fronts", (cte) =>
      cte.selectFrom("ranked").selectAll().select([
        front("parameters").as("smallest"),
        front("trainingFlops").as("cheapest"),
        sql<
          number
        >`row_number() over (order by score ${better}, parameters, "createdAt", "entryId")`
          .as("place"),
      ]))
    .selectFrom("fronts").selectAll()
    .where((eb) =>
      eb.or([eb("smallest", "=", true), eb("cheapest", "=", true), eb("place", "<=", OTHERS_LIMIT)])
    )
    .orderBy("place")
    .execute();
  return rows.map((row) => ({
    entryId: row.entryId,
    name: row.name,
    author: row.author,
    provenance: row.provenance,
    exactCount: row.exactCount,
    parameters: row.parameters ?? 0,
    trainingFlops: row.trainingFlops,
    score: row.score!,
    onFront: { parameters: row.smallest, trainingFlops: row.cheapest },
  }));
}

/** An entry that was better than all submitted before it. */
export interface BoardRecord
  extends
    Pick<BoardRow, "entryId" | "name" | "author" | "provenance" | "exactCount" | "parameters"> {
  score: number;
  since: Date;
  /** When the next record came; null for the one that stands. */
  until: Date | null;
}

/** Who held the first place when, newest first; by the time of submission, of entries that may rank. */
export async function boardRecords(
  db: Kysely<Database>,
  key: BoardKey,
): Promise<BoardRecord[]> {
  const best = sql.raw(key.lowerIsBetter ? "min" : "max");
  const beats = sql.raw(key.lowerIsBetter ? "<" : ">");
  const rows = await db
    .with("ranked", () => rankedEntries(db, key))
    .with("held", (cte) =>
      cte.selectFrom("ranked").selectAll().select(
        sql<boolean>`coalesce(score ${beats} ${best}(score) over (
          order by "createdAt", "entryId" rows between unbounded preceding and 1 preceding), true)`
          .as("isRecord"),
      ))
    .selectFrom("held").selectAll().where("isRecord", "=", true)
    .orderBy("createdAt", "desc").orderBy("entryId", "desc")
    .execute();
  return rows.map((row, i) => ({
    entryId: row.entryId,
    name: row.name,
    author: row.author,
    provenance: row.provenance,
    exactCount: row.exactCount,
    parameters: row.parameters ?? 0,
    score: row.score!,
    since: row.createdAt,
    until: i === 0 ? null : rows[i - 1].createdAt,
  }));
}
