// The muted rows of the boards, from data/baselines.json. Knows no ranking.

import stored from "../../data/baselines.json" with { type: "json" };
import { baselinesFileSchema } from "../benchmarks/baselines.ts";
import type { Benchmark } from "../benchmarks/benchmark.ts";

export interface BaselineRow {
  /** "Chance", "Byte 3-gram"; several of one score are one row. */
  name: string;
  /** What the n-grams were counted in, or null for chance. */
  text: string | null;
  score: number;
  /** Null for chance, which is computed and not measured. */
  interval: [number, number] | null;
}

const { baselines } = baselinesFileSchema.parse(stored);

/** A baseline and how many ranked models have a score at least as good. */
export interface PlacedBaseline extends BaselineRow {
  ahead: number;
}

/** Those that stand on the page of the rows after `offset`: above a row of it, or below the last. */
export function baselinesOfPage(
  placed: readonly PlacedBaseline[],
  { offset, shown, total }: { offset: number; shown: number; total: number },
): PlacedBaseline[] {
  const end = offset + shown;
  return placed.filter(({ ahead }) =>
    ahead >= offset && (ahead < end || (ahead === end && end === total))
  );
}

/** Best first; none when the stored ones are of other data than the benchmark's. */
export function baselineRows(benchmark: Benchmark): BaselineRow[] {
  const { id, version, dataDigest, lowerIsBetter } = benchmark;
  const found = baselines.find((made) =>
    made.benchmark === id && made.version === version && made.dataDigest === dataDigest
  );
  if (!found) return [];
  const byScore = Map.groupBy(found.ngrams, ({ score }) => score);
  const rows: BaselineRow[] = [...byScore].map(([score, ngrams]) => ({
    name: ngramName(ngrams.map(({ order }) => order)),
    text: found.text.name,
    score,
    interval: ngrams[0].interval,
  }));
  rows.push({ name: "Chance", text: null, score: found.chance, interval: null });
  return rows.sort((a, b) => lowerIsBetter ? a.score - b.score : b.score - a.score);
}

/** Of ascending orders. */
function ngramName(orders: readonly number[]): string {
  if (orders.length === 1) return `Byte ${orders[0]}-gram`;
  const consecutive = orders.every((order, i) => order === orders[0] + i);
  const list = consecutive ? `${orders[0]}–${orders.at(-1)}` : orders.join(", ");
  return `Byte n-grams, orders ${list}`;
}
