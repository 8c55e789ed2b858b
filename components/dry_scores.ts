// Scores of a file that this tab has computed, kept so that they can be held against the server's.

import { float64Hex } from "./format.ts";
import type { TabScore } from "./TabScores.tsx";

const PREFIX = "tinyproof-scores-";
/** Files whose scores are kept. */
const MOST = 20;

/** A score as it is kept: by its bits. */
interface Kept {
  id: string;
  version: number;
  bits: string | null;
  reason: string | null;
  wallMs: number;
}

/** Keeps them for the file with this SHA-256; the oldest file's make room. */
export function keepDryScores(sha256: string, scores: readonly TabScore[]): void {
  const kept: Kept[] = scores.map(({ id, version, score, reason, wallMs }) => ({
    ...{ id, version, reason, wallMs },
    bits: score === null ? null : float64Hex(score),
  }));
  try {
    localStorage.setItem(PREFIX + sha256, JSON.stringify({ atMs: Date.now(), kept }));
    for (const name of stale()) localStorage.removeItem(name);
  } catch {
    // A browser that keeps nothing compares nothing.
  }
}

/** What this browser has computed for the file before it was sent; empty when nothing. */
export function dryScoresOf(sha256: string): TabScore[] {
  try {
    const { kept } = JSON.parse(localStorage.getItem(PREFIX + sha256) ?? '{"kept":[]}');
    return (kept as Kept[]).map(({ bits, ...score }) => ({
      type: "score",
      ...score,
      examples: [],
      score: bits === null ? null : fromBits(bits),
    }));
  } catch {
    return [];
  }
}

function stale(): string[] {
  const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  const age = (name: string) => JSON.parse(localStorage.getItem(name) ?? "{}").atMs ?? 0;
  return names.sort((a, b) => age(b) - age(a)).slice(MOST);
}

function fromBits(hex: string): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${hex}`));
  return view.getFloat64(0);
}
