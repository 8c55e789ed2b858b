// Keeps a lease alive, takes progress in, and says whether to go on.

import { keepTexts } from "../lab/order_store.ts";
import { getJob, type Holder, recordProgress } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Heartbeat, LeaseState } from "./protocol.ts";
import { failJob } from "./settle.ts";

/** A job that is over its time is taken away, however lively its worker. */
export async function takeHeartbeat(
  services: Services,
  holder: Holder,
  { job: id, fence, texts = [], ...progress }: Heartbeat,
): Promise<LeaseState> {
  const { db, queue, events, jobs } = services;
  const running = await recordProgress(db, { id, fence, holder }, progress);
  if (running === null) return await whyNot(services, holder, id, fence);
  const { kind, entryId, orderId, ageMs } = running;
  if (orderId !== null) await keepOrdered(services, { id, orderId }, texts);
  if (ageMs > jobs.timeoutMs[kind] + jobs.graceMs) {
    const stage = progress.stage ?? "running";
    await failJob(services, holder, { job: id, fence, stage, outcome: { ended: "timeout" } });
    return "lost";
  }
  // Cancelled or given to somebody else since then.
  if (!await queue.extend({ id, kind, retryCount: fence })) {
    return await whyNot(services, holder, id, fence);
  }
  if (Object.keys(progress).length > 0 || texts.length > 0) events.publish(entryId);
  return "held";
}

/** Of the prompts it was given, and of no others. */
async function keepOrdered(
  { db }: Services,
  { id, orderId }: { id: string; orderId: string },
  texts: NonNullable<Heartbeat["texts"]>,
): Promise<void> {
  if (texts.length === 0) return;
  const asked = new Set((await getJob(db, id))?.assignment?.prompts);
  await keepTexts(db, orderId, texts.filter(({ promptId }) => asked.has(promptId)));
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
