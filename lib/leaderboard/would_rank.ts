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
  /** Against the size of the others; null when its own is not given. */
  size: SizePlace | null;
}

export interface SizePlace {
  /** Ranked entries at least as good with at most as many weights, better in one of both. */
  dominatedBy: number;
  /** The round score that it still passes, and its place by size among those that pass it. */
  threshold: number | null;
  place: number | null;
}

/** Round scores, the hardest first: perplexities per byte, and percent. */
const PERPLEXITIES = [1.5, 2, 2.25, 2.5, 2.75, 3, 3.5, 4, 5, 6, 8, 16];
const PERCENTS = [99, 95, 90, 80, 70, 60, 50, 25];

export async function wouldRank(
  db: Kysely<Database>,
  key: BoardKey,
  score: number,
  parameters?: number,
): Promise<WouldRank> {
  const better = key.lowerIsBetter ? "<" : ">";
  const { ahead, sharedWith, ranked } = await rankedRows(db, key)
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere("score", better, score).as("ahead"),
      eb.fn.countAll<number>().filterWhere("score", "=", score).as("sharedWith"),
      eb.fn.countAll<number>().as("ranked"),
    ])
    .executeTakeFirstOrThrow();
  const size = parameters === undefined ? null : await sizePlace(db, key, { score, parameters });
  return { rank: ahead + 1, sharedWith, of: ranked + 1, size };
}

async function sizePlace(
  db: Kysely<Database>,
  key: BoardKey,
  { score, parameters }: { score: number; parameters: number },
): Promise<SizePlace> {
  const better = key.lowerIsBetter ? "<" : ">";
  const { dominatedBy } = await rankedRows(db, key)
    .where("score", key.lowerIsBetter ? "<=" : ">=", score)
    .where("parameters", "<=", parameters)
    .where((eb) => eb.or([eb("score", better, score), eb("parameters", "<", parameters)]))
    .select((eb) => eb.fn.countAll<number>().as("dominatedBy"))
    .executeTakeFirstOrThrow();
  const threshold = passed(score, key);
  if (threshold === null) return { dominatedBy, threshold, place: null };
  const { smaller } = await rankedRows(db, key)
    .where("score", better, threshold)
    .where("parameters", "<", parameters)
    .select((eb) => eb.fn.countAll<number>().as("smaller"))
    .executeTakeFirstOrThrow();
  return { dominatedBy, threshold, place: smaller + 1 };
}

/** The hardest round score that this one passes, or null. */
function passed(score: number, { lowerIsBetter }: BoardKey): number | null {
  const found = lowerIsBetter
    ? PERPLEXITIES.find((threshold) => score < threshold)
    : PERCENTS.find((threshold) => score > threshold);
  return found ?? null;
}
