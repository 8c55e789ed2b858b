// When a run with a declared dev set ends before its last step (docs/provenance.md). Trains nothing.

import type { EarlyStop } from "./recipe.ts";

/** One evaluation of the dev set. */
export interface DevPoint {
  step: number;
  /** Mean nats per scored token. */
  loss: number;
}

/**
 * Whether a run ends with the last of these evaluations: `patience` of them in a row were not below
 * the best before them by more than `minDelta`.
 */
export function hasEnded({ patience, minDelta }: EarlyStop, history: readonly DevPoint[]): boolean {
  let best = Infinity, since = 0;
  for (const { loss } of history) {
    since++;
    if (loss < best - minDelta) {
      best = loss;
      since = 0;
    }
  }
  return since >= patience;
}

/** Whether the evaluations are those due up to `step`, none missing or out of place. */
export function isHistoryAt(
  { interval }: EarlyStop,
  history: readonly DevPoint[],
  step: number,
): boolean {
  return history.length === Math.floor(step / interval) &&
    history.every((point, i) => point.step === (i + 1) * interval);
}

/** The step a file's run ended at, if that can be: the recipe's last, or one of an evaluation. */
export function endStep(
  { steps, earlyStop }: { steps: number; earlyStop?: EarlyStop },
  claimed: number,
): number {
  const possible = earlyStop && claimed > 0 && claimed < steps &&
    claimed % earlyStop.interval === 0;
  return possible ? claimed : steps;
}
