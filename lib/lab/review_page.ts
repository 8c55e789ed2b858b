// Reviews of differences: what is shown, and what is taken in. Server only.

import type { Kysely } from "kysely";
import { z } from "zod";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import {
  type Difference,
  differencesOf,
  reviewedOf,
  type ReviewStage,
  type ReviewTally,
  stageOf,
  tallyOf,
} from "./reviewing.ts";
import { longText, NOTE_LENGTH } from "./schema.ts";
import { addReviews, ratersOf, reviewsOf, scoresOf } from "./score_store.ts";
import { itemsOf, requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import type { Criterion, LabItem, LabSet, Rater, Review, Rubric } from "./types.ts";

export interface ReviewChoice {
  /** Ids of the two raters. */
  a?: string;
  b?: string;
  criterion?: string;
  /** Which difference, counted from 1; the first that is open without it. */
  at?: number;
}

export interface ReviewPage {
  set: LabSet;
  rubric: Rubric;
  a: Rater;
  b: Rater;
  /** Whose scores are reviewed. */
  reviewed: Rater;
  tally: ReviewTally;
  /** Null when there is no difference, or none is open. */
  shown: {
    /** Counted from 1. */
    at: number;
    difference: Difference;
    item: LabItem;
    criterion: Criterion;
    stage: ReviewStage;
    own: Review | null;
    /** What others said of it, once it is revealed. */
    others: (Review & { reviewer: string })[];
  } | null;
}

/**
 * @param reviewer null for who has not begun: nothing of theirs is there.
 * @throws {NotFoundError} when there is no such set.
 * @throws {ValidationError} when these two did not score it.
 */
export async function loadReview(
  db: Kysely<Database>,
  setId: string,
  choice: ReviewChoice,
  reviewer: Rater | null,
): Promise<ReviewPage> {
  const set = await requireSet(db, setId);
  const [rubric, items, raters] = await Promise.all([
    requireRubric(db, set.rubricId),
    itemsOf(db, set.id),
    ratersOf(db, set.id),
  ]);
  const [a, b] = twoOf(raters, choice);
  const reviewed = reviewedOf(a, b);
  const [ofA, ofB, reviews] = await Promise.all([
    scoresOf(db, set.id, { raterId: a.id }),
    scoresOf(db, set.id, { raterId: b.id }),
    reviewsOf(db, set.id, { raterId: reviewed.id }),
  ]);
  const place = new Map(items.map((item) => [item.id, item]));
  const differences = differencesOf([...ofA, ...ofB], a, b, choice.criterion)
    .sort((one, other) => place.get(one.itemId)!.position - place.get(other.itemId)!.position);
  const own = reviews.filter(({ reviewerId }) => reviewerId === reviewer?.id);
  const at = choice.at ?? 1 + firstOpen(differences, own);
  const difference: Difference | undefined = differences[at - 1];
  return {
    ...{ set, rubric, a, b, reviewed, tally: tallyOf(differences, own) },
    shown: difference === undefined ? null : {
      at,
      difference,
      item: place.get(difference.itemId)!,
      criterion: await criterionOf(db, difference.criterion, [rubric, ...judgeRubrics(raters)]),
      ...ofDifference(difference, { own, reviews, raters, reviewer }),
    },
  };
}

function firstOpen(differences: readonly Difference[], own: readonly Review[]): number {
  const done = new Set(
    own.filter((review) => stageOf(review) === "done").map((one) => key(one)),
  );
  const open = differences.findIndex((difference) => !done.has(key(difference)));
  return open === -1 ? differences.length : open;
}

function key({ itemId, criterion }: { itemId: string; criterion: string }): string {
  return `${itemId}\n${criterion}`;
}

/** The words of a criterion are in the rubric of the set, or in one a judge was asked with. */
async function criterionOf(
  db: Kysely<Database>,
  id: string,
  rubrics: readonly (Rubric | string)[],
): Promise<Criterion> {
  for (const one of rubrics) {
    const rubric = typeof one === "string" ? await requireRubric(db, one) : one;
    const found = rubric.criteria.find((criterion) => criterion.id === id);
    if (found) return found;
  }
  return { id, category: "", code: "", text: id };
}

function judgeRubrics(raters: readonly Rater[]): string[] {
  return raters.flatMap(({ judge }) => judge?.rubricId ?? []);
}

function ofDifference(
  difference: Difference,
  { own, reviews, raters, reviewer }: {
    own: readonly Review[];
    reviews: readonly Review[];
    raters: readonly Rater[];
    reviewer: Rater | null;
  },
) {
  const mine = own.find((review) => key(review) === key(difference));
  const stage = stageOf(mine);
  const names = new Map(raters.map(({ id, name }) => [id, name]));
  const others = stage === "blind"
    ? []
    : reviews.filter((review) =>
      key(review) === key(difference) && review.reviewerId !== reviewer?.id &&
      stageOf(review) === "done"
    ).map((review) => ({ ...review, reviewer: names.get(review.reviewerId) ?? "somebody" }));
  return { stage, own: mine ?? null, others };
}

function twoOf(raters: readonly Rater[], { a, b }: ReviewChoice): [Rater, Rater] {
  const [one, other] = [a, b].map((id) => raters.find((rater) => rater.id === id));
  if (one && other && one !== other) return [one, other];
  throw new ValidationError("Two raters of this set are needed", {
    path: "a",
    expected: "a and b, the ids of two who scored it",
    got: `${a ?? "nothing"} and ${b ?? "nothing"}`.slice(0, 120),
    fix: "Choose two on the page of the analysis.",
  });
}

const verdictSchema = z.object({
  agree: z.enum(["yes", "no"]),
  comment: longText(NOTE_LENGTH).default(""),
});

/**
 * Takes one step of a review in. The first blind score stays: what comes after the reveal is not
 * blind.
 *
 * @param fields `do` is "blind" with a `value`, or "verdict" with `agree` and a `comment`.
 * @throws {ValidationError} when it is no step, or the step before is missing.
 */
export async function takeReview(
  db: Kysely<Database>,
  page: ReviewPage,
  reviewer: Rater,
  fields: Record<string, string>,
  at: Date,
): Promise<void> {
  if (page.shown === null) throw notNow("a difference that is there", "none");
  const { difference, own, stage } = page.shown;
  const review: Review = {
    itemId: difference.itemId,
    criterion: difference.criterion,
    raterId: page.reviewed.id,
    reviewerId: reviewer.id,
    blindValue: own?.blindValue ?? null,
    agree: null,
    comment: "",
  };
  if (fields.do === "blind") {
    if (stage !== "blind") return;
    const value = Number(fields.value);
    if (!fields.value || !page.rubric.levels.includes(value)) {
      throw notNow(page.rubric.levels.join(", "), fields.value || "nothing");
    }
    return await addReviews(db, page.set.id, [{ ...review, blindValue: value, at }]);
  }
  if (stage === "blind") throw notNow("a score of your own first", "a verdict");
  const { agree, comment } = parseDocument(verdictSchema, fields, "review");
  const verdict = { ...review, agree: agree === "yes", comment: comment.trim(), at };
  await addReviews(db, page.set.id, [verdict]);
}

function notNow(expected: string, got: string): ValidationError {
  return new ValidationError("This is no step of a review", {
    path: "do",
    expected,
    got: got.slice(0, 40),
    fix: "Use the buttons of the page.",
  });
}
