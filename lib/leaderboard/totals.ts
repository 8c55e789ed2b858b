// The three figures of the overview.

import type { Kysely } from "kysely";
import { memoised } from "../storage/memo.ts";
import type { Database } from "../storage/schema.ts";

export interface BoardTotals {
  /** Scored, first of their weights, newest of their versions, and not out of the ranking. */
  entries: number;
  /** Of those, proven by exact replay. */
  exact: number;
  reports: number;
}

/** Counted once for each state of the data. */
export function boardTotals(db: Kysely<Database>): Promise<BoardTotals> {
  return memoised(db, "totals", async () => {
    const ranked = db.selectFrom("listed_entry").where("may_rank", "=", true);
    return await db
      .selectNoFrom((eb) => [
        ranked.select(eb.fn.countAll<number>().as("n")).$asScalar().$notNull().as("entries"),
        ranked.where("provenance", "=", "exact").select(eb.fn.countAll<number>().as("n"))
          .$asScalar().$notNull().as("exact"),
        eb.selectFrom("report").select(eb.fn.countAll<number>().as("n"))
          .$asScalar().$notNull().as("reports"),
      ])
      .executeTakeFirstOrThrow();
  });
}
