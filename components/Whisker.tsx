/** A score and its interval on an axis shared by a whole table, so that overlaps show. */
export function Whisker(
  { score, low, high, domain }: {
    score: number;
    low: number | null;
    high: number | null;
    domain: readonly [number, number];
  },
) {
  const span = domain[1] - domain[0] || 1;
  const x = (value: number) => (3 + 104 * (value - domain[0]) / span).toFixed(1);
  return (
    <svg class="whisker" viewBox="0 0 110 12" aria-hidden="true">
      <path class="axis" d="M0 6H110" />
      {low !== null && high !== null && (
        <path
          d={`M${x(low)} 6H${x(high)}M${x(low)} 3v6M${x(high)} 3v6`}
          stroke="currentColor"
          stroke-width="1.5"
        />
      )}
      <circle cx={x(score)} cy="6" r="3" fill="currentColor" />
    </svg>
  );
}

/** The axis that holds every interval of `rows`. */
export function whiskerDomain(
  rows: readonly {
    score: number | null;
    intervalLow: number | null;
    intervalHigh: number | null;
  }[],
): [number, number] {
  const values = rows.flatMap((row) => [row.score, row.intervalLow, row.intervalHigh])
    .filter((value) => value !== null);
  return values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
}
