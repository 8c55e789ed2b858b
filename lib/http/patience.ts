// Ends a request body that stands still or never ends. Knows no route.

import { TinyproofError } from "../errors.ts";

/** The sender was too slow. */
export class SlowUploadError extends TinyproofError {}

export interface Patience {
  /** Longest silence between two chunks. */
  idleMs: number;
  /** Longest time for the whole body. */
  totalMs: number;
}

/** A slow line sends a chunk a second; 256 MiB take half an hour at 150 kB/s. */
const DEFAULT_PATIENCE: Patience = { idleMs: 30_000, totalMs: 30 * 60_000 };

/** `body`, failing with a SlowUploadError when its sender holds the connection without sending. */
export function withPatience(
  body: ReadableStream<Uint8Array>,
  { idleMs, totalMs }: Patience = DEFAULT_PATIENCE,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const endMs = performance.now() + totalMs;
  return new ReadableStream({
    async pull(controller) {
      const late = Promise.withResolvers<never>();
      const waitMs = Math.min(idleMs, endMs - performance.now());
      const timer = setTimeout(() => late.reject(tooSlow()), Math.max(0, waitMs));
      try {
        // A sender that always has something ready never lets a timer run.
        if (waitMs <= 0) throw tooSlow();
        const { done, value } = await Promise.race([reader.read(), late.promise]);
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        // Not awaited: the sender may not answer this either.
        reader.cancel(error).catch(() => {});
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

function tooSlow(): SlowUploadError {
  return new SlowUploadError("The upload stood still for too long", {
    fix: "Nothing was stored. Send it again over a faster connection.",
  });
}
