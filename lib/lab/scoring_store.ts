// What a rater's page needs, read. Server only.

import type { Kysely } from "kysely";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import { scoresOf } from "./score_store.ts";
import type { ScoringChoice } from "./scoring/plan.ts";
import { type ScoringView, scoringView } from "./scoring/view.ts";
import { itemsOf, requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import type { Rater } from "./types.ts";

/**
 * @throws {NotFoundError} when there is no such set.
 * @throws {ValidationError} for a category that its rubric has not.
 */
export async function loadScoring(
  db: Kysely<Database>,
  setId: string,
  rater: Rater | null,
  choice: ScoringChoice,
): Promise<ScoringView> {
  const set = await requireSet(db, setId);
  const rubric = await requireRubric(db, set.rubricId);
  const categories = [...new Set(rubric.criteria.map(({ category }) => category))];
  if (choice.category !== null && !categories.includes(choice.category)) {
    throw new ValidationError("The rubric of this set has no such category", {
      path: "category",
      expected: categories.join(", "),
      got: choice.category.slice(0, 60),
      fix: "Choose one of them, or all.",
    });
  }
  const items = await itemsOf(db, setId);
  const cells = rater === null ? [] : await scoresOf(db, setId, { raterId: rater.id });
  return scoringView({ set, rater, rubric, items, cells, choice });
}
