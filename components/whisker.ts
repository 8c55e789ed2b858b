// A score and its interval on an axis shared by a whole table, so that overlaps show.

import { type Markup, markup } from "./markup.ts";

export function whiskerMarkup(
  { score, low, high, domain }: {
    score: number;
    low: number | null;
    high: number | null;
    domain: readonly [number, number];
  },
): Markup {
  const span = domain[1] - domain[0] || 1;
  const x = (value: number) => (3 + 104 * Math.min(1, (value - domain[0]) / span)).toFixed(1);
  const interval = low === null || high === null
    ? null
    : markup`<path d="M${x(low)} 6H${x(high)}M${x(low)} 3v6M${x(high)} 3v6"/>`;
  const point = markup`<circle cx="${x(score)}" cy="6" r="3"/>`;
  return markup`<svg class="whisker" viewBox="0 0 110 12" aria-hidden="true">${interval}${point}</svg>`;
}

/** An axis beyond this multiple of the best perplexity would flatten all that is near it. */
const LARGEST_SPAN = 4;

/** The axis that holds the intervals of `rows`, except those far behind. */
export function whiskerDomain(
  rows: readonly {
    score: number | null;
    intervalLow: number | null;
    intervalHigh: number | null;
  }[],
  lowerIsBetter: boolean,
): [number, number] {
  const values = rows.flatMap((row) => [row.score, row.intervalLow, row.intervalHigh])
    .filter((value) => value !== null);
  if (values.length === 0) return [0, 1];
  const low = Math.min(...values);
  const near = lowerIsBetter ? values.filter((value) => value <= LARGEST_SPAN * low) : values;
  return [low, Math.max(...near)];
}
