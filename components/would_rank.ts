// Where a score would stand on the board as it is, asked of its API and said in words.

import type { Unit } from "../lib/benchmarks/benchmark.ts";
import { formatPlace } from "./format.ts";
import type { TabScore } from "./TabScores.tsx";

/** As the API says. */
export interface Place {
  rank: number;
  of: number;
  sharedWith: number;
  size: { dominatedBy: number; threshold: number | null; place: number | null } | null;
}

/** What a model takes. Null where it is not known. */
export interface ModelCosts {
  parameters: number;
  flops?: number | null;
}

/** The Pareto fronts of the board as it is, with this model among them. */
export function pictureAddress(
  benchmark: string,
  score: number,
  { parameters, flops }: ModelCosts,
): string {
  const query = new URLSearchParams({ score: String(score), parameters: String(parameters) });
  if (flops) query.set("flops", String(flops));
  return `/leaderboard/${benchmark}/pareto?${query}`;
}

/** Null when the server cannot be asked. */
export async function placeOf(
  { id, score }: Pick<TabScore, "id" | "score">,
  parameters: number,
): Promise<Place | null> {
  if (score === null) return null;
  const query = new URLSearchParams({ score: String(score), parameters: String(parameters) });
  const response = await fetch(`/api/v1/leaderboard/${id}/rank?${query}`).catch(() => null);
  return response?.ok ? await response.json() : null;
}

/** "would be 3rd of 12; second smallest above 95 %; on the Pareto front" */
export function placeInWords(place: Place | undefined, unit: Unit | string): string {
  if (!place) return "";
  const { rank, of, sharedWith, size } = place;
  const words = [
    sharedWith > 0
      ? `would share the ${formatPlace(rank)} place of ${of}`
      : `would be ${formatPlace(rank)} of ${of}`,
  ];
  if (size && size.threshold !== null && size.place !== null) {
    const bound = unit === "%" ? `above ${size.threshold} %` : `below ${size.threshold}`;
    words.push(`${size.place === 1 ? "" : `${formatPlace(size.place)} `}smallest ${bound}`);
  }
  if (size?.dominatedBy === 0) words.push("on the Pareto front");
  return words.join("; ");
}
