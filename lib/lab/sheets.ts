// What a set can be written as, in the columns of TinyScaleLab's files. Server only: reads the set.

import type { Kysely } from "kysely";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import { ratersOf, reviewsOf, scoresOf } from "./score_store.ts";
import { itemsOf, requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import {
  completionsSheet,
  criteriaSheet,
  judgeSheet,
  scoresSheet,
  type Sheet,
} from "./tinyscalelab/write.ts";
import type { Rater } from "./types.ts";

export const SHEETS = ["completions", "criteria", "scores", "judge"] as const;
export type SheetName = typeof SHEETS[number];

/** Names that the files of a set have, by sheet and rater. */
export function sheetFile(sheet: SheetName, rater: Rater | null): string {
  return rater === null ? `${sheet}.csv` : `${sheet}-${rater.id}.csv`;
}

/**
 * @param raterId whose scores; the first of its kind where it is not said.
 * @throws {NotFoundError} when there is no such set.
 * @throws {ValidationError} when there is no such rater in it.
 */
export async function loadSheet(
  db: Kysely<Database>,
  setId: string,
  { sheet, raterId }: { sheet: SheetName; raterId?: string },
): Promise<{ sheet: Sheet; fileName: string }> {
  const set = await requireSet(db, setId);
  const [items, rubric] = await Promise.all([itemsOf(db, set.id), requireRubric(db, set.rubricId)]);
  if (sheet === "completions") return named(completionsSheet(items), sheet, null);
  if (sheet === "criteria") return named(criteriaSheet(rubric), sheet, null);
  const kind = sheet === "judge" ? "judge" : "human";
  const raters = (await ratersOf(db, set.id)).filter((rater) => rater.kind === kind);
  const rater = raters.find(({ id }) => raterId === undefined || id === raterId);
  if (rater === undefined) throw noRater(kind, raters);
  const cells = (await scoresOf(db, set.id, { raterId: rater.id, notes: sheet === "judge" }))
    .filter(({ round }) => round === 0);
  if (sheet === "scores") return named(scoresSheet(items, rubric, cells), sheet, rater);
  const asked = rater.judge ? await requireRubric(db, rater.judge.rubricId) : rubric;
  const reviews = await reviewsOf(db, set.id, { raterId: rater.id });
  return named(judgeSheet(items, asked, cells, reviews), sheet, rater);
}

function named(sheet: Sheet, name: SheetName, rater: Rater | null) {
  return { sheet, fileName: sheetFile(name, rater) };
}

function noRater(kind: Rater["kind"], raters: readonly Rater[]): ValidationError {
  return new ValidationError(`No such ${kind === "judge" ? "judge" : "rater"} scored this set`, {
    path: "rater",
    expected: raters.map(({ id }) => id).join(", ").slice(0, 200) || "a set that somebody scored",
    got: "another",
    fix: "See the page of the set for who scored it.",
  });
}
