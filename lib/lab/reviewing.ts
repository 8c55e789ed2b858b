// Where two raters differ, and what a reviewer says of it. Pure: no database.

import { pairsOf } from "./agreement.ts";
import type { Rater, Review, ScoreCell } from "./types.ts";

/** A score on which two raters differ. */
export interface Difference {
  itemId: string;
  criterion: string;
  a: ScoreCell;
  b: ScoreCell;
}

/** First scores that differ; in the order of `cells`, or of one criterion alone. */
export function differencesOf(
  cells: readonly ScoreCell[],
  a: Rater,
  b: Rater,
  criterion?: string,
): Difference[] {
  const of = ({ id }: Rater) =>
    cells.filter((cell) =>
      cell.raterId === id && (criterion === undefined || cell.criterion === criterion)
    );
  const key = (cell: ScoreCell) => `${cell.itemId}\n${cell.criterion}`;
  const first = (list: ScoreCell[]) =>
    new Map(list.filter(({ round }) => round === 0).map((cell) => [key(cell), cell]));
  const [one, other] = [of(a), of(b)];
  const [ofA, ofB] = [first(one), first(other)];
  return pairsOf(one, other).filter((pair) => pair.a !== pair.b).map(({ itemId, criterion }) => ({
    itemId,
    criterion,
    a: ofA.get(`${itemId}\n${criterion}`)!,
    b: ofB.get(`${itemId}\n${criterion}`)!,
  }));
}

/** Whose scores are reviewed: the judge's where one of the two is one, else the second's. */
export function reviewedOf(a: Rater, b: Rater): Rater {
  return a.kind === "judge" && b.kind !== "judge" ? a : b;
}

/** How far a review of one score is. */
export type ReviewStage = "blind" | "revealed" | "done";

export function stageOf(review: Review | undefined): ReviewStage {
  if (review === undefined || (review.blindValue === null && review.agree === null)) return "blind";
  return review.agree === null ? "revealed" : "done";
}

/** What a reviewer's blind scores come to, on differences of two raters. */
export interface ReviewTally {
  differences: number;
  done: number;
  /** Blind scores equal to those of the first, the second, and neither. */
  withA: number;
  withB: number;
  withNeither: number;
  /** After the scores were shown. */
  agreed: number;
}

/** @param own reviews of this reviewer, of the reviewed rater's scores. */
export function tallyOf(differences: readonly Difference[], own: readonly Review[]): ReviewTally {
  const reviewOf = new Map(own.map((review) => [`${review.itemId}\n${review.criterion}`, review]));
  const tally = { differences: differences.length, done: 0, withA: 0, withB: 0 };
  let withNeither = 0, agreed = 0;
  for (const { itemId, criterion, a, b } of differences) {
    const review = reviewOf.get(`${itemId}\n${criterion}`);
    if (review === undefined || stageOf(review) === "blind") continue;
    if (stageOf(review) === "done") tally.done++;
    agreed += Number(review.agree === true);
    if (review.blindValue === null) continue;
    if (review.blindValue === a.value) tally.withA++;
    else if (review.blindValue === b.value) tally.withB++;
    else withNeither++;
  }
  return { ...tally, withNeither, agreed };
}
