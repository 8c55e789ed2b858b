// Reads a judge's scores with what a person said of each. Their rows name no model.

import { ValidationError } from "../../errors.ts";
import type { ItemDraft } from "../schema.ts";
import { criterionKey } from "./criteria.ts";
import type { Repairs, Table } from "./csv.ts";
import type { StudyRubrics } from "./rubrics.ts";

/** A score; the item by its index. */
export interface RatedScore {
  item: number;
  criterion: string;
  rater: string;
  value: number;
  note: string | null;
}

/** Whether the rater of the scores by hand agreed, with the judge's score on the screen. */
export interface StudyReview {
  item: number;
  criterion: string;
  /** The judge's key. */
  rater: string;
  agree: boolean;
  comment: string;
}

export interface ReadJudge {
  key: string;
  file: string;
  /** Index of the rubric it was asked with. */
  rubric: number;
  scores: RatedScore[];
  reviews: StudyReview[];
}

/** @throws {ValidationError} when a row has no such score, or is about no completion. */
export function readJudge(
  { file, rows }: Table,
  { items, rubrics, repairs }: {
    items: readonly ItemDraft[];
    rubrics: StudyRubrics;
    repairs: Repairs;
  },
): ReadJudge {
  const rubric = rubrics.byFile.get(file) ?? rubrics.ofSet;
  const { criteria, levels } = rubrics.versions[rubric];
  const idOf = new Map(criteria.map((one) => [criterionKey(one), one.id]));
  const find = joiner(items);
  const judge: ReadJudge = { key: `judge ${file}`, file, rubric, scores: [], reviews: [] };
  rows.forEach((row, at) => {
    const criterion = idOf.get(`${row.res_category}_${row.subcriterion}`)!;
    const item = find(row, criterion);
    if (item === null) throw ofNothing(file, at, row);
    const value = Number(row.score);
    if (row.score.trim() === "" || !levels.includes(value)) throw noSuch(file, at, row, levels);
    const note = row.explanation?.trim() || null;
    judge.scores.push({ item, criterion, rater: judge.key, value, note });
    const agree = agreed(row.agree);
    if (agree !== null) {
      const comment = row.comments?.trim() ?? "";
      judge.reviews.push({ item, criterion, rater: judge.key, agree, comment });
    }
  });
  repairs.count(
    "judge's scores without a model: joined by category, prompt and completion",
    file,
    rows.length,
  );
  return judge;
}

/** "True", "TRUE", "False", "FALSE"; null for anything else. */
function agreed(text: string | undefined): boolean | null {
  const word = text?.trim().toLowerCase();
  return word === "true" ? true : word === "false" ? false : null;
}

/** Two models may say the same: the n-th row about it is about the n-th of them. */
function joiner(items: readonly ItemDraft[]) {
  const byText = new Map<string, number[]>();
  items.forEach(({ category, prompt, completion }, at) => {
    const key = [category, prompt, completion].join("\n");
    byText.set(key, [...byText.get(key) ?? [], at]);
  });
  const used = new Map<string, number>();
  return (row: Record<string, string>, criterion: string): number | null => {
    const key = [row.res_category, row.res_prompt, row.res_completion].join("\n");
    const found = byText.get(key);
    if (found === undefined) return null;
    const nth = used.get(`${criterion}\n${key}`) ?? 0;
    used.set(`${criterion}\n${key}`, nth + 1);
    return found[Math.min(nth, found.length - 1)];
  };
}

function ofNothing(file: string, row: number, { res_prompt }: Record<string, string>) {
  return new ValidationError(`${file}: row ${row + 1} is about no completion of the study`, {
    path: file,
    expected: "category, prompt and completion of one of the completions",
    got: res_prompt.slice(0, 80),
    fix: "Give the table of completions that the judge was asked about.",
  });
}

function noSuch(
  file: string,
  row: number,
  { score }: Record<string, string>,
  levels: readonly number[],
) {
  return new ValidationError(`${file}: row ${row + 1} has no such score as ${score.slice(0, 40)}`, {
    path: `${file}.score`,
    expected: levels.join(", "),
    got: score.slice(0, 40),
    fix: "Correct the score, or leave the row out.",
  });
}
