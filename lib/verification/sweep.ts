// Asks for a replay of every leading entry that has none yet.

import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import type { Services } from "../services.ts";
import { candidatesForSweep, holdPending } from "./store.ts";

/** Ids of the entries whose replay was enqueued by this call. */
export async function sweep(
  { db, queue, events, config }: Pick<Services, "db" | "queue" | "events" | "config">,
): Promise<string[]> {
  if (!config.sweep) return [];
  const candidates = await candidatesForSweep(db, RANKED_BENCHMARKS, config.sweepTopN);
  const enqueued: string[] = [];
  for (const { id, trainingFlops } of candidates) {
    const job = await db.transaction().execute(async (trx) =>
      await holdPending(trx, id) ? await queue.enqueueVerify(trx, id, trainingFlops) : null
    );
    if (job === null) continue;
    events.publish(id);
    enqueued.push(id);
  }
  return enqueued;
}
