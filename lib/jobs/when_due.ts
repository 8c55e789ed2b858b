// Waits until a job may be due: one was enqueued, on whichever server, or some time has passed.

import type { Services } from "../services.ts";

export interface Due {
  /** Resolves then, or as soon as one of these aborts. */
  happened(...signals: (AbortSignal | undefined)[]): Promise<void>;
  cancel(): void;
}

/** Listens from this call on, so that nothing enqueued while the caller looks is missed. */
export function whenDue({ queue }: Pick<Services, "queue">, afterMs: number): Due {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = queue.onEnqueued(resolve);
  const timer = setTimeout(resolve, Math.max(0, afterMs));
  return {
    async happened(...signals) {
      const aborted = () => resolve();
      for (const signal of signals) signal?.addEventListener("abort", aborted);
      if (signals.some((signal) => signal?.aborted)) resolve();
      await promise;
      for (const signal of signals) signal?.removeEventListener("abort", aborted);
    },
    cancel() {
      unsubscribe();
      clearTimeout(timer);
    },
  };
}
