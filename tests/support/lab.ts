// The published study for tests: its files, and what a database hands out of it.

import type { StudyImport } from "../../lib/lab/tinyscalelab/read.ts";
import type { StudyData } from "../../lib/lab/tinyscalelab/study.ts";
import type { LabItem, Review, Rubric, ScoreCell } from "../../lib/lab/types.ts";

const DIRECTORY = new URL("../../data/lab/tinyscalelab/", import.meta.url);

/** Texts by name. */
export async function publishedFiles(): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(DIRECTORY)) {
    files.set(name, await Deno.readTextFile(new URL(name, DIRECTORY)));
  }
  return files;
}

/** A study as the database would hand it out; ids are indices. */
export function asStored(study: StudyImport): StudyData & {
  items: LabItem[];
  of(rater: string): { cells: ScoreCell[]; reviews: Review[]; rubric: Pick<Rubric, "criteria"> };
} {
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
