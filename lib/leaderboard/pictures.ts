// What the pictures of a board show: the Pareto fronts and the history of its records. Server only.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { withSamples } from "../verification/sample_store.ts";
import { readWithRanks } from "./rank_store.ts";
import { type BoardKey, readEntries, type StandingRow } from "./standing_store.ts";

/** A cost a model is weighed against. */
export type Cost = "parameters" | "trainingFlops";

export interface ParetoPoint extends
  Pick<
    StandingRow,
    | "entryId"
    | "name"
    | "author"
    | "provenance"
    | "exactCount"
    | "sample"
    | "parameters"
    | "trainingFlops"
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
  return await readWithRanks(db, key, (ranks) =>
    ranks.memoised("pareto", async () => {
      const { index } = ranks;
      const idsOf = (cost: Cost) => new Set(index.front(cost).map(({ entryId }) => entryId));
      const smallest = idsOf("parameters"), cheapest = idsOf("trainingFlops");
      const ids = new Set([...smallest, ...cheapest, ...index.leading(OTHERS_LIMIT)]);
      const rows = await readEntries(db, key, [...ids]);
      const placed = rows.map((row) => ({ row, place: index.placeOf(row.entryId) ?? Infinity }));
      placed.sort((a, b) => a.place - b.place);
      return (await withSamples(db, placed.map(({ row }) => row))).map((row) => ({
        entryId: row.entryId,
        name: row.name,
        author: row.author,
        provenance: row.provenance,
        exactCount: row.exactCount,
        sample: row.sample,
        parameters: row.parameters,
        trainingFlops: row.trainingFlops,
        score: row.score!,
        onFront: {
          parameters: smallest.has(row.entryId),
          trainingFlops: cheapest.has(row.entryId),
        },
      }));
    }));
}

/** An entry that was better than all submitted before it. */
export interface BoardRecord extends
  Pick<
    StandingRow,
    "entryId" | "name" | "author" | "provenance" | "exactCount" | "sample" | "parameters"
  > {
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
  return await readWithRanks(db, key, (ranks) =>
    ranks.memoised("records", async () => {
      // Nobody was at least as good and earlier: the front of score and time, newest first.
      const ids = ranks.index.front("createdUs").map(({ entryId }) => entryId);
      const rows = new Map((await readEntries(db, key, ids)).map((row) => [row.entryId, row]));
      const held = ids.flatMap((id) => rows.get(id) ?? []);
      return (await withSamples(db, held)).map((row, i) => ({
        entryId: row.entryId,
        name: row.name,
        author: row.author,
        provenance: row.provenance,
        exactCount: row.exactCount,
        sample: row.sample,
        parameters: row.parameters,
        score: row.score!,
        since: row.createdAt,
        until: i === 0 ? null : held[i - 1].createdAt,
      }));
    }));
}
