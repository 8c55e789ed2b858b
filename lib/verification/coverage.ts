// How much of a run is covered by segments that were confirmed. Knows no database.

import type { Runtime } from "./confirmation.ts";
import type { Segment, VerifierInfo } from "./types.ts";

/** A segment somebody signed, as it is stored. */
export interface SignedSegment {
  from_leaf: number;
  to_leaf: number;
  keyid: string;
  verdict: "exact" | "mismatch";
  engine_family: string;
  isa: string;
}

export interface Coverage extends Runtime {
  /** Share of the run's steps in segments that came out as the file claims, 0..1. */
  share: number;
  /** Keys that signed any of them. */
  keys: number;
}

/** By declared runtime, what visitors found equal in segments; the largest share first. */
export function coverageOf(
  leafSteps: readonly number[],
  rows: readonly SignedSegment[],
): Coverage[] {
  const equal = rows.filter(({ verdict }) => verdict === "exact");
  const runtimes = Map.groupBy(equal, ({ engine_family, isa }) => `${engine_family} ${isa}`);
  const found = [...runtimes.values()].map((signed) => ({
    engineFamily: signed[0].engine_family as VerifierInfo["engineFamily"],
    isa: signed[0].isa,
    share: coveredShare(
      leafSteps,
      signed.map(({ from_leaf, to_leaf }) => ({ from: from_leaf, to: to_leaf })),
    ),
    keys: new Set(signed.map(({ keyid }) => keyid)).size,
  }));
  return found.sort((a, b) => b.share - a.share);
}

/** Of the run's steps, in any of these segments: what overlaps counts once. */
export function coveredShare(leafSteps: readonly number[], segments: readonly Segment[]): number {
  const last = leafSteps.at(-1) ?? 0;
  let covered = 0, reached = 0;
  for (const { from, to } of [...segments].sort((a, b) => a.from - b.from)) {
    const [start, end] = [leafSteps[from], leafSteps[to]];
    if (start === undefined || end === undefined || end <= reached) continue;
    covered += end - Math.max(start, reached);
    reached = end;
  }
  return last === 0 ? 0 : covered / last;
}
