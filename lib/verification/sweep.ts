// Asks for a replay of every leading entry that has none yet, and for fresh seeds of the first.

import { RANKED_BENCHMARKS } from "../benchmarks/registry.ts";
import { replayLimits } from "../config.ts";
import type { ReplayQueue } from "../queue/queue.ts";
import type { Services } from "../services.ts";
import { appendEvent } from "../storage/ledger.ts";
import { isOver, replayBudget } from "./cost.ts";
import { recipeOrNull } from "./parse_recipe.ts";
import { askForFreshSeeds } from "./seed_audit_store.ts";
import { candidatesForSweep, holdPending, leadersToAudit } from "./store.ts";

interface SweepServices extends Pick<Services, "db" | "events" | "config" | "now"> {
  queue: ReplayQueue;
}

/** Ids of the entries whose replay was enqueued by this call. */
export async function sweep(services: SweepServices): Promise<string[]> {
  const { db, queue, events, config } = services;
  if (!config.sweep) return [];
  if (config.seedAudits) await auditLeaders(services);
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

/** Fresh seeds for the first of each benchmark, once in the life of an entry. */
async function auditLeaders({ db, queue, events, now, config }: SweepServices): Promise<void> {
  const limits = replayLimits(config);
  for (const id of await leadersToAudit(db, RANKED_BENCHMARKS)) {
    await db.transaction().execute(async (trx) => {
      const entry = await trx.selectFrom("entry").selectAll().where("id", "=", id).forUpdate()
        .executeTakeFirstOrThrow();
      const recipe = recipeOrNull(entry.recipe);
      // Proven before the operator lowered what a replay may take: the rest is swept all the same.
      if (recipe === null || isOver(replayBudget(recipe), limits)) return;
      const drawn = await askForFreshSeeds({ trx, queue, askedBy: null }, entry, limits);
      if (drawn === null) return;
      const payload = { entry: id, order: "fresh-seeds", by: "board", ...drawn };
      await appendEvent(trx, "replay-order", payload, now());
    });
    events.publish(id);
  }
}
