// Parts of one run replayed apart from each other, and what they say together. Runs nothing.

import type { Segment, VerificationResult } from "./types.ts";

/** Most bytes of states kept of one run. */
export const MAX_KEPT_BYTES = 256 * 1024 ** 2;
/** Weights and both moments. */
const BYTES_PER_PARAMETER = 12;
/** Of the header: the recipe's old fields, and both curves. */
const HEADER_BYTES = 128 * 1024;
/** A hash in the header, as text. */
const BYTES_PER_LEAF = 80;

interface RunSize {
  leafCount: number;
  parameters: number;
}

/** Most bytes of the file of one state. */
export function stateBytes({ leafCount, parameters }: RunSize): number {
  return BYTES_PER_PARAMETER * parameters + BYTES_PER_LEAF * leafCount + HEADER_BYTES;
}

/** How the file of a leaf's state is called where its author keeps it. */
export function stateFileName(leaf: number): string {
  return `state-${String(leaf).padStart(5, "0")}.tinygpt`;
}

/**
 * Leaves whose states a replay keeps, so that later ones can start from them: as many as cut the
 * run into `parts` of equal length, fewer where states are large. Ascending, neither first nor last.
 */
export function leavesToKeep(
  { leafCount, parameters }: RunSize,
  parts: number,
): number[] {
  const affordable = Math.floor(MAX_KEPT_BYTES / (BYTES_PER_PARAMETER * parameters));
  const last = leafCount - 1;
  const count = Math.min(parts, affordable + 1, last);
  const cuts = Array.from({ length: count - 1 }, (_, i) => Math.round((i + 1) * last / count));
  return [...new Set(cuts)].filter((leaf) => leaf > 0 && leaf < last);
}

/** The segments between the first leaf, those whose states are kept, and the last. */
export function segmentsOf(leafCount: number, kept: readonly number[]): Segment[] {
  const ends = [0, ...kept, leafCount - 1];
  return ends.slice(1).map((to, i) => ({ from: ends[i], to }));
}

/**
 * What replays of segments say of the whole run: `exact` when they cover it and all agree, else the
 * first that does not. Each started from a state whose leaf the one before it ended in.
 *
 * @param parts each with a segment; together from the first leaf to the last.
 * @throws {RangeError} when a stretch of the run is missing: nothing may be said of it.
 */
export function joinSegments(parts: readonly VerificationResult[]): VerificationResult {
  const sorted = [...parts].sort((a, b) => start(a) - start(b));
  sorted.forEach(({ segment }, i) => {
    const expected = i === 0 ? 0 : sorted[i - 1].segment!.to;
    if (segment?.from === expected) return;
    throw new RangeError(`Expected a segment from leaf ${expected}, got ${segment?.from}`);
  });
  const end = sorted[sorted.length - 1];
  const other = sorted.find(({ verdict }, i) =>
    verdict !== (i === sorted.length - 1 ? "exact" : "sampled")
  );
  return {
    ...(other ?? end),
    segment: null,
    leavesCompared: sum(sorted, ({ leavesCompared }) => leavesCompared),
    verifiers: sorted.flatMap(({ verifiers }) => verifiers),
    cost: {
      flops: sum(sorted, ({ cost }) => cost.flops),
      // They ran beside each other.
      wallMs: Math.max(...sorted.map(({ cost }) => cost.wallMs)),
    },
  };
}

function start({ segment }: VerificationResult): number {
  return segment?.from ?? 0;
}

function sum(
  parts: readonly VerificationResult[],
  of: (part: VerificationResult) => number,
): number {
  return parts.reduce((total, part) => total + of(part), 0);
}
