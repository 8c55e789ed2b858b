// A study as the database would hand it out: for those who have its files and no database.

import type { LabItem, Review, Rubric, ScoreCell } from "../types.ts";
import type { StudyImport } from "./read.ts";
import type { StudyData } from "./study.ts";

export interface StoredStudy extends StudyData {
  items: LabItem[];
  /** What a rater gave, by its key. */
  of(rater: string): { cells: ScoreCell[]; reviews: Review[]; rubric: Pick<Rubric, "criteria"> };
}

/** Ids are indices. */
export function storedStudy(study: StudyImport): StoredStudy {
  const items = study.items.map((item, at): LabItem => ({
    ...item,
    id: String(at),
    setId: "set",
    position: at + 1,
  }));
  const of = (key: string) => {
    const rater = study.raters.find((one) => one.key === key)!;
    return {
      rubric: study.rubrics[rater.rubric],
      cells: study.scores.filter((score) => score.rater === key).map((score): ScoreCell => ({
        itemId: String(score.item),
        criterion: score.criterion,
        raterId: key,
        round: 0,
        value: score.value,
        note: score.note,
        judgeShown: false,
      })),
      reviews: study.reviews.filter((review) => review.rater === key).map((review): Review => ({
        itemId: String(review.item),
        criterion: review.criterion,
        raterId: key,
        reviewerId: "human",
        blindValue: null,
        agree: review.agree,
        comment: review.comment,
      })),
    };
  };
  const judges = study.raters.filter(({ kind }) => kind === "judge").map(({ key, name }) => {
    const { cells, reviews, rubric } = of(key);
    return { raterId: key, name, scores: cells, reviews, rubric };
  });
  return { items, rubric: study.rubrics[study.rubric], scores: of("human").cells, judges, of };
}
