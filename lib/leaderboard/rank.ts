// Ranks scored models. Knows nothing of SQL; the board's query is held to it by a test.

export interface Rankable {
  /** binary64, compared exactly. */
  score: number;
  parameters: number;
  createdAt: Date;
  entryId: string;
}

/** Where a model stands on a board. */
export interface EntryRank {
  /** Equal scores share a rank. */
  rank: number;
  /** Ranked models. */
  of: number;
}

/** Order on a board: score, then fewer parameters, then earlier, then id. */
export function compareRankable(lowerIsBetter: boolean): (a: Rankable, b: Rankable) => number {
  const sign = lowerIsBetter ? 1 : -1;
  return (a, b) =>
    sign * (a.score - b.score) || a.parameters - b.parameters ||
    a.createdAt.getTime() - b.createdAt.getTime() || (a.entryId < b.entryId ? -1 : 1);
}

/**
 * Competition ranking: equal scores share a rank and the next rank counts them all (1, 1, 3).
 * Returns a sorted copy.
 */
export function rankRows<Row extends Rankable>(
  rows: readonly Row[],
  lowerIsBetter: boolean,
): (Row & { rank: number })[] {
  const sorted = [...rows].sort(compareRankable(lowerIsBetter));
  let rank = 0;
  return sorted.map((row, i) => {
    if (i === 0 || row.score !== sorted[i - 1].score) rank = i + 1;
    return { ...row, rank };
  });
}
