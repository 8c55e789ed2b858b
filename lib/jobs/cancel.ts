// Takes a job out of the queue for good. Its process ends at the worker's next heartbeat.

import { getJob, type JobFailure } from "../queue/store.ts";
import type { Services } from "../services.ts";
import { applyFailure } from "../submissions/apply.ts";
import { failPart } from "../verification/apply_part.ts";

const STOPPED: JobFailure = {
  stage: "called off",
  reason: "An admin of this board stopped the job",
  fix: "Ask the operator of this board why before you submit it again.",
};

/**
 * By an admin, who may have it run again. An author's withdrawal is queue.cancelOpen, in the
 * transaction that withdraws the entry.
 *
 * @returns false when it had ended, or never was.
 */
export async function cancelJob(services: Services, id: string): Promise<boolean> {
  const { db, queue, events, now } = services;
  const job = await db.transaction().execute(async (trx) => {
    const cancelled = await queue.cancel(trx, id, STOPPED);
    if (cancelled?.kind === "verify") {
      const row = await getJob(trx, id);
      if (row?.replay_id) await failPart(trx, queue, row, STOPPED.reason, { again: false });
    }
    if (cancelled?.kind === "score") {
      await applyFailure(trx, cancelled.entryId, STOPPED, now());
    }
    return cancelled;
  });
  if (job !== null) events.publish(job.entryId);
  return job !== null;
}
