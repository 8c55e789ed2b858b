// What a rater's page is made of: no model, no place in the set, nothing that tells one completion
// from another but its text. Knows no database.

import type { Criterion, LabItem, Rubric, ScoreCell } from "../types.ts";
import { type ScoringChoice, scoringPlan, type ScoringTask } from "./plan.ts";

export interface ScoringView {
  set: { id: string; name: string };
  /** Null before the first score of somebody without an account. */
  rater: { id: string; name: string } | null;
  levels: number[];
  criteria: Criterion[];
  /** By id. */
  items: Record<string, { prompt: string; completion: string }>;
  tasks: ScoringTask[];
  /** The rater's own scores. */
  cells: ScoringCell[];
}

export type ScoringCell = Pick<ScoreCell, "itemId" | "criterion" | "round" | "value" | "note">;

/** @param cells what this rater gave before. */
export function scoringView(
  { set, rater, rubric, items, cells, choice }: {
    set: { id: string; name: string };
    rater: { id: string; name: string; seed: number } | null;
    rubric: Pick<Rubric, "levels" | "criteria">;
    items: readonly LabItem[];
    cells: readonly ScoreCell[];
    choice: ScoringChoice;
  },
): ScoringView {
  const tasks = scoringPlan(items, rubric.criteria, choice, rater?.seed ?? 0);
  const texts = new Map(items.map(({ id, prompt, completion }) => [id, { prompt, completion }]));
  const planned = new Set(tasks.map(({ itemId }) => itemId));
  return {
    set: { id: set.id, name: set.name },
    rater: rater && { id: rater.id, name: rater.name },
    levels: rubric.levels,
    criteria: rubric.criteria,
    items: Object.fromEntries([...planned].map((id) => [id, texts.get(id)!])),
    tasks,
    cells: cells.map(({ itemId, criterion, round, value, note }) => ({
      ...{ itemId, criterion, round, value, note },
    })),
  };
}

/** How a score is found: of an item, a criterion and a round. */
export function cellKey(itemId: string, criterion: string, round: number): string {
  return `${itemId}\n${criterion}\n${round}`;
}

/** Where somebody stands: a task and, in it, a criterion. */
export interface Place {
  task: number;
  criterion: number;
}

/** The first answer that is missing, from `from` on and then from the start; null when none is. */
export function nextOpen(
  tasks: readonly ScoringTask[],
  isScored: (key: string) => boolean,
  from: Place = { task: 0, criterion: 0 },
): Place | null {
  for (let step = 0; step <= tasks.length; step++) {
    const task = (from.task + step) % tasks.length;
    const { itemId, round, criteria } = tasks[task];
    const first = step === 0 ? from.criterion : 0;
    for (let at = first; at < criteria.length; at++) {
      if (!isScored(cellKey(itemId, criteria[at], round))) return { task, criterion: at };
    }
  }
  return null;
}

/** How many tasks have all of their answers. */
export function tasksDone(
  tasks: readonly ScoringTask[],
  isScored: (key: string) => boolean,
): number {
  return tasks.filter(({ itemId, round, criteria }) =>
    criteria.every((criterion) => isScored(cellKey(itemId, criterion, round)))
  ).length;
}
