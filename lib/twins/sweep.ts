// Asks for the scoring of leading entries that have not met the present quarter's twin.

import type { Kysely } from "kysely";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { BENCHMARKS } from "../benchmarks/registry.ts";
import { boardRows } from "../leaderboard/store.ts";
import type { Services } from "../services.ts";
import type { Database } from "../storage/schema.ts";
import { rotateTwins } from "./store.ts";

const TWINNED = BENCHMARKS.filter(({ ranked, twin }: Benchmark) => ranked && twin !== undefined);

/** Rotates, then enqueues; ids of the entries to be scored again by this call. */
export async function sweepTwins(
  services: Pick<Services, "db" | "queue" | "events" | "config" | "now">,
): Promise<string[]> {
  const { db, queue, events, config } = services;
  const sealed = await rotateTwins(services);
  if (!config.sweep || sealed === null) return [];
  const ids = await candidates(db, sealed.period, config.sweepTopN);
  if (ids.length === 0) return [];
  await db.transaction().execute((trx) => queue.enqueueTopUps(trx, ids));
  for (const id of ids) events.publish(id);
  return ids;
}

/**
 * The first `topN` of each benchmark without a score on this quarter's twin, unless a scoring job of
 * theirs has run since its seed was drawn: whatever comes of it, there is one a quarter.
 */
async function candidates(db: Kysely<Database>, period: string, topN: number): Promise<string[]> {
  const waiting = new Set<string>();
  for (const benchmark of TWINNED) {
    const { rows } = await boardRows(db, benchmark, { limit: topN, offset: 0 });
    for (const { entryId, twin } of rows) if (twin?.period !== period) waiting.add(entryId);
  }
  if (waiting.size === 0) return [];
  const drawn = db.selectFrom("twin_seed").select("created_at").where("period", "=", period);
  const scoredSince = db.selectFrom("job").select("entry_id")
    .where("kind", "=", "score").where("updated_at", ">=", drawn);
  const entries = await db.selectFrom("entry").select("id")
    .where("id", "in", [...waiting]).where("id", "not in", scoredSince)
    .orderBy("created_at").execute();
  return entries.map(({ id }) => id);
}
