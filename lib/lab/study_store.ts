// The published study out of the database, as its tables need it.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { importedRaterId } from "./import_study.ts";
import { ratersOf, reviewsOf, scoresOf } from "./score_store.ts";
import { itemsOf, requireSet, setByImport } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import { PUBLISHED_DIGEST } from "./tinyscalelab/published.ts";
import { type StudyJudge, type StudyTables, studyTables } from "./tinyscalelab/study.ts";
import type { LabSet, Rubric } from "./types.ts";

export interface PublishedStudy {
  set: LabSet;
  rubric: Rubric;
  tables: StudyTables;
  /** Prompts, and texts among them that differ. */
  prompts: { all: number; distinct: number };
}

/**
 * Null until the study was imported. Scores that others gave since are no part of it.
 * @throws {GoneError} when a moderator has hidden it.
 */
export async function loadPublished(db: Kysely<Database>): Promise<PublishedStudy | null> {
  const set = await setByImport(db, PUBLISHED_DIGEST);
  if (set === null) return null;
  await requireSet(db, set.id);
  const [items, rubric, raters, scores, reviews] = await Promise.all([
    itemsOf(db, set.id),
    requireRubric(db, set.rubricId),
    ratersOf(db, set.id),
    scoresOf(db, set.id, { notes: false }),
    reviewsOf(db, set.id),
  ]);
  const [human, ...judgeIds] = [0, 1, 2].map((place) => importedRaterId(PUBLISHED_DIGEST, place));
  const judges: StudyJudge[] = [];
  for (const raterId of judgeIds) {
    const rater = raters.find(({ id }) => id === raterId);
    if (!rater?.judge) continue;
    judges.push({
      raterId,
      name: rater.name,
      rubric: await requireRubric(db, rater.judge.rubricId),
      scores: scores.filter((score) => score.raterId === raterId),
      reviews: reviews.filter((review) =>
        review.raterId === raterId && review.reviewerId === human
      ),
    });
  }
  const byHand = scores.filter(({ raterId, round }) => raterId === human && round === 0);
  return {
    set,
    rubric,
    tables: studyTables({ items, rubric, scores: byHand, judges }),
    prompts: {
      all: new Set(items.map(({ promptId }) => promptId)).size,
      distinct: new Set(items.map(({ prompt }) => prompt)).size,
    },
  };
}
