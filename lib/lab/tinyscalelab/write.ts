// Lays a set out in the columns of TinyScaleLab's files. Knows nothing of CSV.

import type { Criterion, LabItem, Review, Rubric, ScoreCell } from "../types.ts";
import { columnOf } from "./criteria.ts";

export interface Sheet {
  header: string[];
  rows: (string | number | null)[][];
}

const ITEM_HEADER = ["ID", "category", "prompt", "completion", "model_name"];

type SheetItem = Pick<LabItem, "id" | "category" | "prompt" | "completion" | "model">;
type SheetCriteria = Pick<Rubric, "criteria">;

/** As lm_data.csv: ids count the prompts, and repeat for every model. */
export function completionsSheet(
  items: readonly (SheetItem & Pick<LabItem, "promptId">)[],
): Sheet {
  return {
    header: ITEM_HEADER,
    rows: items.map((item) => [item.promptId, ...fields(item), item.model]),
  };
}

function fields({ category, prompt, completion }: SheetItem): string[] {
  return [category, prompt, completion];
}

/** As the scores by hand: ids count the completions, a column for each criterion of the rubric. */
export function scoresSheet(
  items: readonly (SheetItem & Pick<LabItem, "position">)[],
  { criteria }: SheetCriteria,
  cells: readonly ScoreCell[],
): Sheet {
  const value = new Map(cells.map((cell) => [`${cell.itemId}\n${cell.criterion}`, cell.value]));
  return {
    header: [...ITEM_HEADER, ...criteria.map(columnOf)],
    rows: items.map((item) => [
      item.position,
      ...fields(item),
      item.model,
      ...criteria.map(({ id }) => value.get(`${item.id}\n${id}`) ?? null),
    ]),
  };
}

/** As the first judge's file: a row for each score, with what a reviewer said of it. */
export function judgeSheet(
  items: readonly SheetItem[],
  { criteria }: SheetCriteria,
  cells: readonly ScoreCell[],
  reviews: readonly Review[],
): Sheet {
  const key = ({ itemId, criterion }: { itemId: string; criterion: string }) =>
    `${itemId}\n${criterion}`;
  const cellOf = new Map(cells.map((cell) => [key(cell), cell]));
  const reviewOf = new Map(reviews.map((review) => [key(review), review]));
  const rows: Sheet["rows"] = [];
  for (const criterion of criteria) {
    for (const item of items) {
      const at = key({ itemId: item.id, criterion: criterion.id });
      const cell = cellOf.get(at);
      if (cell === undefined) continue;
      rows.push([rows.length + 1, ...judgeFields(item, criterion, cell, reviewOf.get(at))]);
    }
  }
  return {
    header: [
      ...["id", "res_category", "res_prompt", "res_completion", "category", "subcriterion"],
      ...["score", "explanation", "score_name", "text", "agree", "comments"],
    ],
    rows,
  };
}

function judgeFields(
  item: SheetItem,
  criterion: Criterion,
  { value, note }: ScoreCell,
  review: Review | undefined,
): Sheet["rows"][number] {
  return [
    ...fields(item),
    criterion.category,
    criterion.code,
    value.toFixed(1),
    note ?? "",
    columnOf(criterion),
    criterion.text,
    review === undefined || review.agree === null ? "" : review.agree ? "True" : "False",
    review?.comment ?? "",
  ];
}

/** As criteria.csv. */
export function criteriaSheet({ criteria }: SheetCriteria): Sheet {
  return {
    header: ["category", "label", "text"],
    rows: criteria.map(({ category, code, text }) => [category, code, text]),
  };
}
