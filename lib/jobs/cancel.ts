// Takes jobs out of the queue for good. Their processes end at the worker's next heartbeat.

import type { JobQueue, Trx } from "../queue/queue.ts";
import { type JobFailure, markCancelled } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { JobKind } from "../storage/schema.ts";
import { applyFailure } from "../submissions/apply.ts";

type Cancelled = { id: string; kind: JobKind; entryId: string };

const WITHDRAWN: JobFailure = {
  stage: "cancelled",
  reason: "The entry was withdrawn",
  fix: "Submit it again if it is to be scored.",
};
const STOPPED: JobFailure = {
  stage: "cancelled",
  reason: "An admin of this board stopped the job",
  fix: "Ask the operator of this board why before you submit it again.",
};

/**
 * Cancels whatever waits or runs for an entry, in the transaction that withdraws it. Publish the
 * entry once that is committed.
 *
 * @returns how many jobs were cancelled.
 */
export async function cancelJobsOf(trx: Trx, queue: JobQueue, entryId: string): Promise<number> {
  const cancelled = await markCancelled(trx, { entryId }, WITHDRAWN, { dead: false });
  await dequeue(trx, queue, cancelled);
  return cancelled.length;
}

/** Cancels one job; an admin may have it run again. False when it had ended, or never was. */
export async function cancelJob(services: Services, id: string): Promise<boolean> {
  const { db, queue, events, now } = services;
  const [job] = await db.transaction().execute(async (trx) => {
    const cancelled = await markCancelled(trx, { id }, STOPPED, { dead: true });
    await dequeue(trx, queue, cancelled);
    for (const { kind, entryId } of cancelled) {
      if (kind === "score") await applyFailure(trx, entryId, STOPPED, now());
    }
    return cancelled;
  });
  if (job !== undefined) events.publish(job.entryId);
  return job !== undefined;
}

async function dequeue(trx: Trx, queue: JobQueue, cancelled: Cancelled[]): Promise<void> {
  for (const [kind, jobs] of Map.groupBy(cancelled, ({ kind }) => kind)) {
    await queue.cancel(trx, kind, jobs.map(({ id }) => id));
  }
}
