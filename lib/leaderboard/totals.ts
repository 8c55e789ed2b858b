// The three figures of the overview.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { standsOnBoards } from "./versions.ts";

export interface BoardTotals {
  /** Scored, first of their weights, newest of their versions, and not out of the ranking. */
  entries: number;
  /** Of those, proven by exact replay. */
  exact: number;
  reports: number;
}

export async function boardTotals(db: Kysely<Database>): Promise<BoardTotals> {
  const ranked = db.selectFrom("entry")
    .where(standsOnBoards)
    .where("provenance", "not in", ["mismatch", "rejected"]);
  return await db
    .selectNoFrom((eb) => [
      ranked.select(eb.fn.countAll<number>().as("n")).$asScalar().$notNull().as("entries"),
      ranked.where("provenance", "=", "exact").select(eb.fn.countAll<number>().as("n"))
        .$asScalar().$notNull().as("exact"),
      eb.selectFrom("report").select(eb.fn.countAll<number>().as("n"))
        .$asScalar().$notNull().as("reports"),
    ])
    .executeTakeFirstOrThrow();
}
