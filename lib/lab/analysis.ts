// Everything the analysis of a set shows, out of its scores. Pure: no database, no markup.

import {
  type Agreement,
  agreementOf,
  alphaIntervals,
  type AlphaMetric,
  type Interval,
  krippendorffAlpha,
  METRICS,
  type Pair,
  pairsOf,
  repeatsOf,
  unitsOf,
} from "./agreement.ts";
import { byCategory, type Mean, meanInterval, meanTables, NO_MEAN } from "./means.ts";
import type { LabItem, LabModel, Rater, Rubric, ScoreCell } from "./types.ts";

/** A mean with its 95 % interval; null where it has none. */
export interface Spread extends Mean {
  interval: [number, number] | null;
}

/** Means of one category or criterion, one for each model in the order of the models. */
export interface MeanRow {
  id: string;
  label: string;
  means: Spread[];
}

export interface MeanGroup extends MeanRow {
  criteria: MeanRow[];
}

export interface AnalysisData {
  models: readonly LabModel[];
  rubric: Rubric;
  items: readonly Pick<LabItem, "id" | "model" | "category">[];
  raters: readonly Rater[];
  cells: readonly ScoreCell[];
}

/** From the smallest to the largest; those of unknown size last. */
export function bySize(models: readonly LabModel[]): LabModel[] {
  return [...models].sort((a, b) => (a.parameters ?? Infinity) - (b.parameters ?? Infinity));
}

/**
 * Means by model, category and criterion of the first scores of these raters, pooled.
 * @param raterIds whose; a score counts as often as somebody gave one.
 */
export function meanRows(
  { models, rubric, items, cells }: AnalysisData,
  raterIds: readonly string[],
): { overall: MeanRow; categories: MeanGroup[] } {
  const names = bySize(models).map(({ name }) => name);
  const counted = cells.filter(({ raterId, round }) => round === 0 && raterIds.includes(raterId));
  const itemOf = new Map(items.map((item) => [item.id, item]));
  const tables = meanTables(items, counted);
  const row = (
    id: string,
    label: string,
    of: ReadonlyMap<string, Mean> | undefined,
    scores: readonly ScoreCell[],
  ): MeanRow => ({
    id,
    label,
    means: names.map((name) => ({
      ...of?.get(name) ?? NO_MEAN,
      interval: meanInterval(scores.filter(({ itemId }) => itemOf.get(itemId)?.model === name)),
    })),
  });
  const categories = byCategory(rubric).map(({ category, criteria }) => ({
    ...row(
      category,
      category,
      tables.categories.get(category),
      counted.filter(({ itemId }) => itemOf.get(itemId)?.category === category),
    ),
    criteria: criteria.map(({ id, text }) =>
      row(id, text, tables.criteria.get(id), counted.filter(({ criterion }) => criterion === id))
    ),
  }));
  return { overall: row("overall", "All scores", tables.overall, counted), categories };
}

export interface ComparedRaters extends Agreement {
  a: Rater;
  b: Rater;
  /** Scores of a person given with a judge's on the screen: they are no part of it. */
  notBlind: number;
}

/** Two raters, on what both scored blind. */
export function compareRaters(data: AnalysisData, a: Rater, b: Rater): ComparedRaters {
  const { pairs, notBlind } = blindPairs(data, a, b);
  return { a, b, notBlind, ...agreementOf(pairs, data.rubric.levels) };
}

function blindPairs({ cells }: AnalysisData, a: Rater, b: Rater) {
  const of = ({ id }: Rater) => cells.filter(({ raterId }) => raterId === id);
  const shown = (cell: ScoreCell) => cell.judgeShown;
  const withJudge = a.kind === "judge" || b.kind === "judge";
  const [one, other] = [of(a), of(b)];
  if (!withJudge) return { pairs: pairsOf(one, other), notBlind: 0 };
  const blind = (list: ScoreCell[]) => list.filter((cell) => !shown(cell));
  const pairs = pairsOf(blind(one), blind(other));
  return { pairs, notBlind: pairsOf(one, other).length - pairs.length };
}

/** Each two raters that scored something in common, people before judges. */
export function comparedRaters(data: AnalysisData): ComparedRaters[] {
  return data.raters.flatMap((a, at) =>
    data.raters.slice(at + 1).map((b) => compareRaters(data, a, b))
  ).filter(({ pairs }) => pairs > 0);
}

export interface CriterionAgreement extends Agreement {
  id: string;
  category: string;
  text: string;
}

/** Two raters, criterion by criterion: where one is milder than the other. */
export function compareByCriterion(
  data: AnalysisData,
  a: Rater,
  b: Rater,
): CriterionAgreement[] {
  const byId = Map.groupBy(blindPairs(data, a, b).pairs, ({ criterion }) => criterion);
  return byCategory(data.rubric).flatMap(({ category, criteria }) =>
    criteria.flatMap(({ id, text }) => {
      const pairs: Pair[] | undefined = byId.get(id);
      return pairs ? [{ id, category, text, ...agreementOf(pairs, data.rubric.levels) }] : [];
    })
  );
}

/** α of all these raters together. */
export interface SharedAlpha {
  raters: number;
  /** Completions and criteria that two or more scored. */
  units: number;
  alpha: Record<AlphaMetric, number | null>;
  intervals: Record<AlphaMetric, Interval>;
}

export function sharedAlpha(data: AnalysisData, kinds: readonly Rater["kind"][]): SharedAlpha {
  const ids = data.raters.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => id);
  const units = unitsOf(
    data.cells.filter(({ raterId, judgeShown }) => ids.includes(raterId) && !judgeShown),
  );
  const intervals = alphaIntervals(units);
  return {
    raters: ids.length,
    units: units.filter(({ values }) => values.length > 1).length,
    alpha: byMetric((metric) => krippendorffAlpha(units.map(({ values }) => values), metric)),
    intervals: byMetric((metric) => intervals[METRICS.indexOf(metric)] ?? null),
  };
}

function byMetric<T>(of: (metric: AlphaMetric) => T): Record<AlphaMetric, T> {
  return { nominal: of("nominal"), ordinal: of("ordinal"), interval: of("interval") };
}

/** A rater's repeats beside its own first scores: a bias above 0 is one that grew milder. */
export interface Drift extends Agreement {
  rater: Rater;
  round: number;
}

export function driftOf({ raters, cells, rubric }: AnalysisData): Drift[] {
  return raters.flatMap((rater) => {
    const own = cells.filter(({ raterId }) => raterId === rater.id);
    const rounds = [...new Set(own.map(({ round }) => round))].filter((round) => round > 0).sort();
    return rounds.map((round) => ({
      rater,
      round,
      ...agreementOf(repeatsOf(own, round), rubric.levels),
    })).filter(({ pairs }) => pairs > 0);
  });
}
