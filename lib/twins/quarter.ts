// Calendar quarters in UTC: how long a sealed twin stays sealed.

/** "2026-Q4". Later quarters are greater as text. */
export function quarterOf(at: Date): string {
  return `${at.getUTCFullYear()}-Q${Math.floor(at.getUTCMonth() / 3) + 1}`;
}

/** The first moment after the quarter. */
export function quarterEnd(quarter: string): Date {
  const [year, number] = quarter.split("-Q").map(Number);
  return new Date(Date.UTC(year, 3 * number));
}
