// Asks for a replay of every leading entry that has none yet.

import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import type { Services } from "../services.ts";
import { candidatesForSweep } from "./store.ts";

/** Ids of the entries whose replay was enqueued by this call. */
export async function sweep(
  { db, queue, events, config }: Pick<Services, "db" | "queue" | "events" | "config">,
): Promise<string[]> {
  if (!config.sweep) return [];
  const candidates = await candidatesForSweep(db, RANKED_BENCHMARKS, config.sweepTopN);
  for (const { id, trainingFlops } of candidates) {
    await db.transaction().execute((trx) => queue.enqueueVerify(trx, id, trainingFlops));
    events.publish(id);
  }
  return candidates.map(({ id }) => id);
}
