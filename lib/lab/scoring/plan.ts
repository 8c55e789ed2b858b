// In which order a rater meets the completions of a set. Knows no database and no page.

import { toHex, utf8 } from "../../bytes.ts";
import { sha256Now } from "../../hash.ts";
import type { Criterion, LabItem } from "../types.ts";

/** "isolated": one category after another, as published; "all": every criterion of each item. */
export const SCORING_MODES = ["isolated", "all"] as const;
export type ScoringMode = typeof SCORING_MODES[number];

export interface ScoringChoice {
  mode: ScoringMode;
  /** One category alone; null is all of them. */
  category: string | null;
  /** Per cent of the items that come a second time. */
  repeats: number;
}

/** A completion to score by the criteria of a category, or by all. */
export interface ScoringTask {
  itemId: string;
  criteria: string[];
  /** 1 is the repeat. */
  round: 0 | 1;
}

/** What a plan needs of an item. */
export type Planned = Pick<LabItem, "id" | "category">;

/** At least so many others come between an item and its repeat, as far as there are as many. */
export const REPEAT_DISTANCE = 20;

/**
 * The same for the same rater, set and choice, on every machine. An item's place follows from its id
 * alone: items that are added later come between the others and change nothing of their order.
 */
export function scoringPlan(
  items: readonly Planned[],
  criteria: readonly Criterion[],
  { mode, category, repeats }: ScoringChoice,
  seed: number,
): ScoringTask[] {
  const categories = [...new Set(criteria.map((criterion) => criterion.category))]
    .filter((name) => category === null || name === category);
  if (mode === "all") {
    const asked = idsOf(criteria.filter((criterion) => categories.includes(criterion.category)));
    return shuffled(items, asked, repeats, seed);
  }
  return categories.flatMap((name) =>
    shuffled(
      items.filter((item) => item.category === name),
      idsOf(criteria.filter((criterion) => criterion.category === name)),
      repeats,
      seed,
    )
  );
}

function idsOf(criteria: readonly Criterion[]): string[] {
  return criteria.map(({ id }) => id);
}

function shuffled(
  items: readonly Planned[],
  criteria: string[],
  repeats: number,
  seed: number,
): ScoringTask[] {
  const draws = items.map(({ id }) => ({ id, ...drawsOf(seed, id) }));
  draws.sort((a, b) => a.place < b.place ? -1 : 1);
  const places = draws.flatMap(({ id, repeat, delay }, at) => {
    const first = { itemId: id, round: 0 as const, place: at };
    if (repeat >= repeats / 100) return [first];
    const later = at + REPEAT_DISTANCE + Math.floor(delay * REPEAT_DISTANCE) + 0.5;
    return [first, { itemId: id, round: 1 as const, place: later }];
  });
  return places.sort((a, b) => a.place - b.place)
    .map(({ itemId, round }) => ({ itemId, round, criteria }));
}

/** Three draws by SHA-256: the place as text that sorts, the others from 0 up to 1. */
function drawsOf(seed: number, itemId: string): { place: string; repeat: number; delay: number } {
  const digest = sha256Now(utf8(`lab-order/v1\n${seed}\n${itemId}`));
  const words = new DataView(digest.buffer, digest.byteOffset);
  return {
    place: toHex(digest.subarray(0, 16)),
    repeat: words.getUint32(16) / 2 ** 32,
    delay: words.getUint32(20) / 2 ** 32,
  };
}
