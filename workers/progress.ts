// Collects what a job process says and writes it to the job's row, not more often than asked.

import type { Claim } from "../lib/queue/queue.ts";
import { LOG_LIMIT, recordProgress } from "../lib/queue/store.ts";
import type { Services } from "../lib/services.ts";
import type { JobMessage } from "./job_protocol.ts";

export interface ProgressRecorder {
  onMessage(message: JobMessage): void;
  /** The stage last reported. */
  stage(): string;
  /** Writes what is left and stops. */
  finish(): Promise<void>;
}

export function progressRecorder(
  { db, events }: Pick<Services, "db" | "events">,
  claim: Claim,
  intervalMs: number,
): ProgressRecorder {
  let stage = "starting";
  let update: Parameters<typeof recordProgress>[2] | null = null;
  let writing: Promise<void> = Promise.resolve();

  function flush(): void {
    if (update === null) return;
    const pending = update;
    update = null;
    writing = writing
      .then(() => recordProgress(db, claim.id, pending))
      .then(() => events.publish(claim.entryId))
      // Progress is for watching only: the next line makes up for one that was lost.
      .catch(() => {});
  }

  const timer = setInterval(flush, intervalMs);
  return {
    onMessage(message) {
      if (message.type === "log") {
        // Cut as the row cuts it: between two writes a process may say more than memory holds.
        const log = `${update?.log ?? ""}${message.line}\n`.slice(-LOG_LIMIT);
        update = { ...update, log };
        return;
      }
      stage = message.stage;
      const { fraction: progress, etaMs = null } = message;
      update = { ...update, stage, progress, etaMs };
    },
    stage: () => stage,
    async finish() {
      clearInterval(timer);
      flush();
      await writing;
    },
  };
}
