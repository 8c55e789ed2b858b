// Keeps a lease alive, takes progress in, and says whether to go on.

import { getJob, recordProgress } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Holder } from "./claim.ts";
import type { Heartbeat, LeaseState } from "./protocol.ts";
import { failJob } from "./settle.ts";

/** A job that is over its time is taken away, however lively its worker. */
export async function takeHeartbeat(
  services: Services,
  holder: Holder,
  { job: id, fence, ...progress }: Heartbeat,
): Promise<LeaseState> {
  const { db, queue, events, jobs } = services;
  const running = await recordProgress(db, { id, fence, holder }, progress);
  if (running === null) return await whyNot(services, holder, id, fence);
  const { kind, entryId, ageMs } = running;
  if (ageMs > jobs.timeoutMs[kind] + jobs.graceMs) {
    const stage = progress.stage ?? "running";
    await failJob(services, holder, { job: id, fence, stage, outcome: { ended: "timeout" } });
    return "lost";
  }
  // Cancelled or given to somebody else since then.
  if (!await queue.extend({ id, kind, retryCount: fence })) {
    return await whyNot(services, holder, id, fence);
  }
  if (Object.keys(progress).length > 0) events.publish(entryId);
  return "held";
}

async function whyNot(
  { db }: Services,
  holder: Holder,
  id: string,
  fence: number,
): Promise<LeaseState> {
  const job = await getJob(db, id);
  const theirs = job?.holder === holder && job.fence === fence;
  return theirs && job.state === "cancelled" ? "cancelled" : "lost";
}
