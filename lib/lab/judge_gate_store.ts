// What a judge may be asked of a set, by what people scored and by the gate. Server only.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { type BlindPair, type CriterionGate, judgeGate, mayScore } from "./judge/gate.ts";
import type { JudgeTask } from "./judge/run.ts";
import { scoresOf } from "./score_store.ts";
import { itemsOf } from "./set_store.ts";
import type { Criterion, LabItem, LabSet, Rater, Rubric, ScoreCell } from "./types.ts";

/** A judge at work on a set. */
export interface Judging {
  set: LabSet;
  rubric: Rubric;
  judge: Rater;
}

/** Of an item, the criteria of its own category that a person scored or the gate lets through. */
export async function tasksOf(
  db: Kysely<Database>,
  { set, rubric, judge }: Judging,
): Promise<{ all: JudgeTask[]; open: JudgeTask[]; gate: CriterionGate[] }> {
  const [items, cells, gate] = await Promise.all([
    itemsOf(db, set.id),
    scoresOf(db, set.id, { notes: false }),
    gateOf(db, judge, rubric),
  ]);
  const people = await peopleAmong(db, cells);
  const byHand = new Set(cells.filter((cell) => isBlind(cell, people)).map(cellOf));
  const judged = new Set(cells.filter(({ raterId }) => raterId === judge.id).map(cellOf));
  const passed = new Set(
    gate.filter(mayScore).map(({ category, label }) => `${category}\n${label}`),
  );
  const asked = items.flatMap((item) => {
    const criteria = rubric.criteria.filter(({ id, category, code }) =>
      category === item.category &&
      (passed.has(`${category}\n${code}`) || byHand.has(`${item.id}\n${id}`))
    );
    return criteria.length === 0 ? [] : [{ item, criteria }];
  });
  const open = asked.filter(({ item, criteria }) =>
    !criteria.every(({ id }) => judged.has(`${item.id}\n${id}`))
  );
  return { all: asked.map(taskOf), open: open.map(taskOf), gate };
}

function taskOf({ item, criteria }: { item: LabItem; criteria: Criterion[] }): JudgeTask {
  const { id, category, prompt, completion } = item;
  const labelled = criteria.map(({ code, text }) => ({ label: code, text }))
    .sort((a, b) => a.label < b.label ? -1 : 1);
  return { itemId: id, category, criteria: labelled, prompt, completion };
}

function cellOf({ itemId, criterion }: Pick<ScoreCell, "itemId" | "criterion">): string {
  return `${itemId}\n${criterion}`;
}

function isBlind({ raterId, round, judgeShown }: ScoreCell, people: ReadonlySet<string>): boolean {
  return people.has(raterId) && round === 0 && !judgeShown;
}

async function peopleAmong(
  db: Kysely<Database>,
  cells: readonly Pick<ScoreCell, "raterId">[],
): Promise<Set<string>> {
  const ids = [...new Set(cells.map(({ raterId }) => raterId))];
  if (ids.length === 0) return new Set();
  const rows = await db.selectFrom("lab_rater").select("id").where("id", "in", ids)
    .where("kind", "=", "human").execute();
  return new Set(rows.map(({ id }) => id));
}

/** Over every set that this judge has scored by this rubric: each blind score of a person counts. */
export async function gateOf(
  db: Kysely<Database>,
  judge: Rater,
  { criteria }: Pick<Rubric, "criteria">,
): Promise<CriterionGate[]> {
  const sets = await db.selectFrom("lab_score").select("set_id").distinct()
    .innerJoin("lab_set", "lab_set.id", "lab_score.set_id").where("lab_set.hidden", "=", false)
    .where("rater_id", "=", judge.id).execute();
  const pairs: BlindPair[] = [];
  for (const { set_id } of sets) {
    const cells = await scoresOf(db, set_id, { notes: false });
    pairs.push(...blindPairs(cells, judge.id, await peopleAmong(db, cells), criteria));
  }
  return judgeGate(criteria.map(({ category, code }) => ({ category, label: code })), pairs);
}

function blindPairs(
  cells: readonly ScoreCell[],
  judgeId: string,
  people: ReadonlySet<string>,
  criteria: readonly Criterion[],
): BlindPair[] {
  const judged = new Map(
    cells.filter(({ raterId }) => raterId === judgeId).map((cell) => [cellOf(cell), cell.value]),
  );
  const byId = new Map(criteria.map((criterion) => [criterion.id, criterion]));
  return cells.flatMap((cell) => {
    const judge = judged.get(cellOf(cell)), criterion = byId.get(cell.criterion);
    if (judge === undefined || criterion === undefined || !isBlind(cell, people)) return [];
    const { category, code: label } = criterion;
    return [{ itemId: cell.itemId, category, label, person: cell.value, judge }];
  });
}
