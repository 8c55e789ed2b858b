// Time and chance, as arguments: tests bring their own.

export interface Effects {
  nowMs(): number;
  /** Resolves after that time, or at once when `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** [0, 1) */
  random(): number;
}

export const REAL_EFFECTS: Effects = {
  nowMs: () => performance.now(),
  random: Math.random,
  sleep(ms, signal) {
    if (signal.aborted) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const abort = () => resolve();
    signal.addEventListener("abort", abort);
    return promise.finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    });
  },
};

const FIRST_WAIT_MS = 500;
/** Below a lease: a server that comes back is found before it gives our jobs away. */
const LONGEST_WAIT_MS = 8000;

/**
 * How long to wait before try number `tries` (from 1): doubled each time, and spread over half to
 * all of it, so that many workers do not come back at the same moment.
 */
export function backoffMs(tries: number, random: () => number): number {
  const whole = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  return whole * (0.5 + random() / 2);
}
