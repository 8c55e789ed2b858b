// How long waiting jobs will take, from how long others took. Knows nothing of SQL.

import type { JobKind } from "../storage/job_schema.ts";

/**
 * Work that does not grow with the model, in the unit that does: starting a process, reading data,
 * testing the engine. In parameters for scores, in training FLOPs for replays, in FLOPs for sets.
 */
export const FIXED_WORK: Record<JobKind, number> = {
  score: 150_000,
  generate: 1e10,
  verify: 1e11,
};
/** Of a file that nobody has read yet: weights are float32 unless they are said to be smaller. */
export const BYTES_A_PARAMETER = 4;
/** Jobs looked back at: the machines of last month tell nothing. */
export const MEASURED_JOBS = 50;

export interface MeasuredJob {
  durationMs: number;
  /** With the fixed work. */
  work: number;
}

/**
 * Milliseconds a unit of work takes: the median of what was measured, so that a stopped machine or a
 * queue of one author's giants does not move it. Null as long as nothing was measured.
 */
export function msPerWork(measured: readonly MeasuredJob[]): number | null {
  const ratios = measured.map(({ durationMs, work }) => durationMs / work).sort((a, b) => a - b);
  if (ratios.length === 0) return null;
  const middle = ratios.length >> 1;
  return ratios.length % 2 === 1 ? ratios[middle] : (ratios[middle - 1] + ratios[middle]) / 2;
}

export interface Ahead {
  /** Processes that work on jobs of this kind. */
  running: number;
  /** What those have left, together. */
  runningLeftMs: number;
  /** Of the jobs that wait before this one, together. */
  workAhead: number;
}

/** Until a waiting job is done: what is before it, shared by the processes, then itself. */
export function untilDoneMs(
  { running, runningLeftMs, workAhead }: Ahead,
  { work, msPerWork }: { work: number; msPerWork: number },
): number {
  const before = runningLeftMs + workAhead * msPerWork;
  return before / Math.max(1, running) + work * msPerWork;
}
