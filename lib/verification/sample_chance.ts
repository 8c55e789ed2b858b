// How likely a spot check finds a false run. Arithmetic alone: it is part of pages.

export interface SampleSize {
  /** Segments of the run. */
  of: number;
  /** Of those that were drawn. */
  count: number;
}

/** Chance that at least one of `bad` false segments is among `count` drawn from `of`. */
export function chanceToCatch({ of, count }: SampleSize, bad: number): number {
  let missed = 1;
  for (let i = 0; i < count; i++) missed *= Math.max(0, of - bad - i) / (of - i);
  return 1 - missed;
}

/** Shares of false segments that pages tell the chance of, beside one alone. */
export const TOLD_SHARES = [0.01, 0.1, 0.5];

/** One false segment, then those shares of all: how many, and the chance to have caught a run. */
export function chancesToCatch(
  draw: SampleSize,
): { share: number | null; bad: number; chance: number }[] {
  const rows = [null, ...TOLD_SHARES].map((share) => {
    const bad = share === null ? 1 : Math.max(1, Math.round(share * draw.of));
    return { share, bad, chance: chanceToCatch(draw, bad) };
  });
  // Of a short run one segment is more than a hundredth already.
  return rows.filter(({ bad }, i) => i === 0 || bad > rows[i - 1].bad);
}

/** One or two sentences for people. */
export function sampleInWords(draw: SampleSize): string {
  return `${draw.count} of ${draw.of} segments, drawn after the file was submitted, and both ends of ` +
    `the run came out as claimed. Had one segment been false, the chance to find it was ` +
    `${percent(chanceToCatch(draw, 1))}; had half of them, ` +
    `${percent(chanceToCatch(draw, Math.max(1, Math.round(draw.of / 2))))}.`;
}

/** "25 %"; never 0 or 100 for what may still go the other way. */
export function percent(chance: number): string {
  if (chance === 0 || chance === 1) return `${100 * chance} %`;
  const shown = 100 * chance;
  if (shown < 0.1) return "below 0.1 %";
  if (shown > 99.9) return "above 99.9 %";
  return `${Number(shown.toPrecision(3))} %`;
}
