// The tables that TinyScaleLab published, computed from its data, each figure beside the published.

import { type Mean, meanTables, NO_MEAN, roundedText, type ScoredItem } from "../means.ts";
import type { Criterion, Review, Rubric, ScoreCell } from "../types.ts";
import * as published from "./published.ts";

export interface Figure {
  /** As text with the decimals of the published one. */
  computed: string;
  /** Null where nothing was published. */
  published: string | null;
  /** What the figure is of. */
  of: Mean;
  /** Null where nothing was published. */
  equal: boolean | null;
}

/** A figure for each model, or one alone. */
export interface Row {
  id: string;
  label: string;
  figures: Figure[];
}

export interface PaperRow extends Row {
  /** What the TinyStories paper has. */
  paper: string[];
}

/** Of one run of the judge: how often the rater clicked "agree". */
export interface Clicks {
  raterId: string;
  name: string;
  overall: Figure;
  categories: Row[];
  criteria: Row[];
  own: OwnScores;
}

/** A judge's scores beside the rater's own of the same completion and criterion. */
export interface OwnScores {
  /** Pairs there are, and those that are equal. */
  pairs: number;
  equal: number;
  /** Clicks "agree" on such pairs, and those whose pair differs. */
  agreed: number;
  agreedAgainstOwn: number;
}

export interface StudyTables {
  overall: Row;
  /** The mean of the six means of categories, which was not published. */
  meanOfCategories: Row;
  categories: Row[];
  criteria: (Row & { category: string })[];
  paper: PaperRow[];
  judges: Clicks[];
  /** Rows and figures that were published, and those that come out. */
  check: { rows: number; equalRows: number; figures: number; equalFigures: number };
}

/** What is known of the published set. */
export interface StudyData {
  items: readonly ScoredItem[];
  rubric: Pick<Rubric, "criteria">;
  /** By hand. */
  scores: readonly ScoreCell[];
  judges: readonly StudyJudge[];
}

export interface StudyJudge {
  raterId: string;
  name: string;
  rubric: Pick<Rubric, "criteria">;
  scores: readonly ScoreCell[];
  reviews: readonly Review[];
}

/** @param data whose judges are in the order of their runs: figures were published of the last. */
export function studyTables(data: StudyData): StudyTables {
  const means = meanTables(data.items, data.scores);
  const row = (
    id: string,
    label: string,
    of: ReadonlyMap<string, Mean> | undefined,
    figures: published.PublishedRow | undefined,
  ): Row => ({
    id,
    label,
    figures: published.MODELS.map((model, at) =>
      scoreFigure(of?.get(model) ?? NO_MEAN, figures?.[at] ?? null)
    ),
  });
  const categories = [...means.categories].sort(byName).map(([category, of]) =>
    row(category, category, of, published.CATEGORIES[category])
  );
  const overall = row("overall", "All scores", means.overall, published.OVERALL);
  const criteria = sortedCriteria(data.rubric.criteria).map(({ id, category, text }) => ({
    ...row(id, text, means.criteria.get(id), published.CRITERIA[id]),
    category,
  }));
  const paper = Object.entries(published.PAPER).sort(byName).map(([category, { paper, own }]) => ({
    ...row(`paper ${category}`, category, means.categories.get(category), own),
    paper: [...paper],
  }));
  const judges = data.judges.map((judge, at) =>
    clicksOf(judge, data, at === data.judges.length - 1)
  );
  const counted = [overall, ...categories, ...criteria, ...judges.flatMap(clickRows)];
  return {
    overall,
    meanOfCategories: meanOfCategories(means.categories),
    categories,
    criteria,
    paper,
    judges,
    check: checkOf(counted),
  };
}

/** Overall is a row too. The comparison with the paper repeats figures and is not counted again. */
function clickRows({ overall, categories, criteria }: Clicks): Row[] {
  return [{ id: "overall", label: "", figures: [overall] }, ...categories, ...criteria];
}

function checkOf(rows: readonly Row[]): StudyTables["check"] {
  const comparable = rows.filter(({ figures }) => figures.some(({ equal }) => equal !== null));
  const figures = comparable.flatMap((row) => row.figures);
  return {
    rows: comparable.length,
    equalRows: comparable.filter((row) => row.figures.every(({ equal }) => equal)).length,
    figures: figures.length,
    equalFigures: figures.filter(({ equal }) => equal).length,
  };
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

function sortedCriteria(criteria: readonly Criterion[]): Criterion[] {
  const key = ({ category, code }: Criterion) => `${category}\n${code}`;
  return [...criteria].sort((a, b) => key(a) < key(b) ? -1 : 1);
}

function scoreFigure(of: Mean, printed: string | null): Figure {
  const computed = roundedText(of, 2);
  // Printed "0.4" and "0.40" are one figure: two decimals, the last of which was not written.
  const equal = printed === null ? null : computed === printed.padEnd(4, "0");
  return { computed, published: printed, of, equal };
}

function percentFigure(of: Mean, printed: string | null): Figure {
  const computed = of.count === 0 ? "–" : roundedText({ ...of, sum: 100 * of.sum }, 0);
  return {
    computed,
    published: printed,
    of,
    equal: printed === null ? null : computed === printed,
  };
}

function meanOfCategories(categories: ReadonlyMap<string, ReadonlyMap<string, Mean>>): Row {
  const figures = published.MODELS.map((model) => {
    const sums = [...categories.values()].flatMap((of) => of.get(model) ?? []);
    return scoreFigure(
      { sum: sums.reduce((sum, mean) => sum + mean.sum / mean.count, 0), count: sums.length },
      null,
    );
  });
  return { id: "mean of categories", label: "Mean of the six categories", figures };
}

/** @param isPublished whether the README's figures are of this run. */
function clicksOf(judge: StudyJudge, data: StudyData, isPublished: boolean): Clicks {
  const categoryOf = new Map(data.items.map(({ id, category }) => [id, category]));
  const overall = { sum: 0, count: 0 };
  const byCategory = new Map<string, Mean>(), byCriterion = new Map<string, Mean>();
  for (const { itemId, criterion, agree } of judge.reviews) {
    if (agree === null) continue;
    count(overall, agree);
    count(entry(byCategory, categoryOf.get(itemId) ?? ""), agree);
    count(entry(byCriterion, criterion), agree);
  }
  const text = new Map(judge.rubric.criteria.map((criterion) => [criterion.id, criterion.text]));
  const printed = <T>(value: T) => isPublished ? value : null;
  const row = (id: string, label: string, of: Mean, figure: string | undefined): Row => ({
    id,
    label,
    figures: [percentFigure(of, printed(figure ?? null))],
  });
  return {
    raterId: judge.raterId,
    name: judge.name,
    overall: percentFigure(overall, printed(published.AGREEMENT_OVERALL)),
    categories: [...byCategory].sort(byName).map(([category, of]) =>
      row(category, category, of, published.AGREEMENT_CATEGORIES[category])
    ),
    criteria: [...byCriterion].sort(byName).map(([id, of]) =>
      row(id, text.get(id) ?? id, of, published.AGREEMENT_CRITERIA[id])
    ),
    own: ownScores(judge, data.scores),
  };
}

function entry(means: Map<string, Mean>, key: string): Mean {
  const known = means.get(key) ?? { sum: 0, count: 0 };
  means.set(key, known);
  return known;
}

function count(mean: Mean, agree: boolean): void {
  mean.sum += Number(agree);
  mean.count++;
}

function ownScores(judge: StudyJudge, scores: readonly ScoreCell[]): OwnScores {
  const key = ({ itemId, criterion }: { itemId: string; criterion: string }) =>
    `${itemId}\n${criterion}`;
  const own = new Map(scores.map((cell) => [key(cell), cell.value]));
  const agreed = new Set(judge.reviews.filter(({ agree }) => agree).map(key));
  const result: OwnScores = { pairs: 0, equal: 0, agreed: 0, agreedAgainstOwn: 0 };
  for (const cell of judge.scores) {
    const mine = own.get(key(cell));
    if (mine === undefined) continue;
    const same = mine === cell.value, clicked = agreed.has(key(cell));
    result.pairs++;
    result.equal += Number(same);
    result.agreed += Number(clicked);
    result.agreedAgainstOwn += Number(clicked && !same);
  }
  return result;
}
