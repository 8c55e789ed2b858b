// Ends a server in order: nobody loses an answer, a job or an event by it.

import { log } from "./log.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface Stoppable {
  lifecycle: Lifecycle;
  streams: { size: number; endAll(): void };
  /** Kills what runs and gives the jobs back. */
  supervisor: { stop(): Promise<void> };
  listener: { shutdown(): Promise<void> };
  /** Closes the database. */
  close(): Promise<void>;
}

export interface ShutdownTimes {
  /** How long requests are taken after readiness is gone. */
  drainMs: number;
  /** How long open requests may take after that. */
  requestsMs: number;
}

/** Resolves when all is closed; what is in the way is logged, not thrown. */
export async function shutDown(
  { lifecycle, streams, supervisor, listener, close }: Stoppable,
  { drainMs, requestsMs }: ShutdownTimes,
): Promise<void> {
  lifecycle.stop();
  log.info("Stopping: jobs go back to the queue, open requests are answered");
  const handedBack = supervisor.stop().catch((error) =>
    log.error("Not every job could be given back: its lease will run out", { error })
  );
  if (drainMs > 0) await after(drainMs);
  const served = listener.shutdown();
  const told = streams.size;
  streams.endAll();
  if (told > 0) log.info("Event streams told to come back: {told}", { told });
  const timely = await Promise.race([served.then(() => true), after(requestsMs)]);
  if (!timely) log.warn("Requests still open after {requestsMs} ms are cut off", { requestsMs });
  await handedBack;
  await close().catch((error) => log.error("The database was not closed cleanly", { error }));
  log.info("Stopped");
}

async function after(ms: number): Promise<false> {
  const { promise, resolve } = Promise.withResolvers<false>();
  // Nothing else waits for this timer.
  Deno.unrefTimer(setTimeout(() => resolve(false), ms));
  return await promise;
}
