// Where a score would stand on a board as it is at this moment. Server only.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { type BoardKey, rankedRows } from "./standing_store.ts";

export interface WouldRank {
  /** Equal scores share a rank. */
  rank: number;
  /** Ranked entries that have this very score. */
  sharedWith: number;
  /** Ranked entries, and this one. */
  of: number;
}

export async function wouldRank(
  db: Kysely<Database>,
  key: BoardKey,
  score: number,
): Promise<WouldRank> {
  const better = key.lowerIsBetter ? "<" : ">";
  const { ahead, sharedWith, ranked } = await rankedRows(db, key)
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere("score", better, score).as("ahead"),
      eb.fn.countAll<number>().filterWhere("score", "=", score).as("sharedWith"),
      eb.fn.countAll<number>().as("ranked"),
    ])
    .executeTakeFirstOrThrow();
  return { rank: ahead + 1, sharedWith, of: ranked + 1 };
}
