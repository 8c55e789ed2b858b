// Orders all entries by the weighted mean of their normalised scores. Knows nothing of SQL.

import type { Cursor } from "./cursor.ts";
import type { EntryNumbers, RankIndex } from "./rank_index.ts";

/** A benchmark that counts. */
export interface WeightedBoard {
  index: RankIndex;
  /** Normalised scores by entry number; NaN, or beyond its end, without a rank. */
  shares: Float64Array;
  /** Above 0. */
  weight: number;
}

export interface OverallRow {
  entryId: string;
  /** Equal totals share a rank, the next counts them all. */
  rank: number;
  /** Weighted mean of the normalised scores, a missing one counting 0. */
  total: number;
  cursor: Cursor;
}

export interface OverallPage {
  rows: OverallRow[];
  /** Place of the first row, counted from 1; null without rows. */
  place: number | null;
  /** Entries with a rank on at least one of the boards. */
  ranked: number;
}

export interface OverallRequest {
  /** Name of this order, for cursors. */
  order: string;
  limit: number;
  after?: Cursor | null;
  before?: Cursor | "end" | null;
}

/** What rows are ordered by, by entry number: the total descending, then these ascending. */
interface Columns {
  /** NaN for entries that are on none of the boards. */
  totals: Float64Array;
  parameters: Float64Array;
  createdUs: Float64Array;
}

/** The rows of a page, the greatest total first; costs one pass over all entries for each board. */
export function overallPage(
  boards: readonly WeightedBoard[],
  entries: EntryNumbers,
  { order, limit, after, before }: OverallRequest,
): OverallPage {
  const columns = addUp(boards);
  const { totals, parameters, createdUs } = columns;
  const compare = (a: number, b: number) =>
    totals[b] - totals[a] || parameters[a] - parameters[b] || createdUs[a] - createdUs[b] ||
    (a === b ? 0 : entries.ids[a] < entries.ids[b] ? -1 : 1);
  const from = after ?? (before === "end" ? null : before);
  const side = before ? -1 : 1;
  const chosen = firstOf(totals, limit, {
    // Backwards, the last rows before a place are the first ones.
    compare: (a, b) => side * compare(a, b),
    passes: (entry) => !from || side * compareToPlace(columns, entry, from, entries.ids[entry]) > 0,
  });
  if (before) chosen.reverse();
  const { place, better, ranked } = placeOf(totals, chosen[0], compare);
  let rank = better + 1;
  const rows = chosen.map((entry, i) => {
    if (i > 0 && totals[entry] !== totals[chosen[i - 1]]) rank = place + i;
    const entryId = entries.ids[entry], total = totals[entry];
    const keys = [total, parameters[entry], createdUs[entry]];
    return { entryId, rank, total, cursor: { order, keys, entryId } };
  });
  return { rows, place: rows.length > 0 ? place : null, ranked };
}

function addUp(boards: readonly WeightedBoard[]): Columns {
  const length = Math.max(0, ...boards.map(({ shares }) => shares.length));
  const totals = new Float64Array(length).fill(NaN);
  const parameters = new Float64Array(length), createdUs = new Float64Array(length);
  const weights = boards.reduce((sum, { weight }) => sum + weight, 0);
  for (const { index, shares, weight } of boards) {
    const share = weight / weights;
    for (let entry = 0; entry < shares.length; entry++) {
      if (Number.isNaN(shares[entry])) continue;
      if (Number.isNaN(totals[entry])) {
        totals[entry] = 0;
        parameters[entry] = index.columns.parameters[entry];
        createdUs[entry] = index.columns.createdUs[entry];
      }
      totals[entry] += share * shares[entry];
    }
  }
  return { totals, parameters, createdUs };
}

/** Whether an entry comes before a place (below 0), is there, or comes after it. */
function compareToPlace(
  { totals, parameters, createdUs }: Columns,
  entry: number,
  { keys: [total, size, created], entryId }: Cursor,
  id: string,
): number {
  return total - totals[entry] || parameters[entry] - size || createdUs[entry] - created ||
    (id === entryId ? 0 : id < entryId ? -1 : 1);
}

/** The first `limit` entry numbers of those that pass, in order. */
function firstOf(
  totals: Float64Array,
  limit: number,
  { compare, passes }: {
    compare: (a: number, b: number) => number;
    passes: (entry: number) => boolean;
  },
): number[] {
  const first: number[] = [];
  for (let entry = 0; entry < totals.length; entry++) {
    if (Number.isNaN(totals[entry])) continue;
    if (first.length === limit && compare(entry, first[limit - 1]) > 0) continue;
    if (!passes(entry)) continue;
    if (first.length === limit) first.pop();
    let at = first.length;
    while (at > 0 && compare(entry, first[at - 1]) < 0) at--;
    first.splice(at, 0, entry);
  }
  return first;
}

/** Of `first` among all: its place, how many have a greater total, and how many there are. */
function placeOf(
  totals: Float64Array,
  first: number | undefined,
  compare: (a: number, b: number) => number,
): { place: number; better: number; ranked: number } {
  let place = 1, better = 0, ranked = 0;
  for (let entry = 0; entry < totals.length; entry++) {
    if (Number.isNaN(totals[entry])) continue;
    ranked++;
    if (first === undefined) continue;
    if (totals[entry] > totals[first]) better++;
    if (compare(entry, first) < 0) place++;
  }
  return { place, better, ranked };
}
