// What the analysis of a set shows, out of the database. Server only.

import type { Kysely } from "kysely";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import {
  type AnalysisData,
  compareByCriterion,
  type ComparedRaters,
  comparedRaters,
  compareRaters,
  type CriterionAgreement,
  type Drift,
  driftOf,
  type MeanGroup,
  type MeanRow,
  meanRows,
  type SharedAlpha,
  sharedAlpha,
} from "./analysis.ts";
import { scoresOf } from "./score_store.ts";
import { loadSetPage, type SetPage } from "./set_page.ts";
import type { Rater } from "./types.ts";

export interface AnalysisPage extends Pick<SetPage, "set" | "rubric" | "raters"> {
  /** Whose means are shown. */
  shown: Rater[];
  means: { overall: MeanRow; categories: MeanGroup[] };
  agreements: ComparedRaters[];
  pair: (ComparedRaters & { criteria: CriterionAgreement[] }) | null;
  alphas: { people: SharedAlpha; all: SharedAlpha };
  drift: Drift[];
}

export interface AnalysisChoice {
  /** A rater whose means alone are shown; all people without it. */
  rater?: string;
  /** Two raters to compare. */
  a?: string;
  b?: string;
}

/**
 * @throws {NotFoundError} when there is no such set.
 * @throws {ValidationError} when a rater that is asked for did not score it.
 */
export async function loadAnalysis(
  db: Kysely<Database>,
  id: string,
  choice: AnalysisChoice,
): Promise<AnalysisPage> {
  const { set, rubric, items, raters } = await loadSetPage(db, id);
  const cells = await scoresOf(db, set.id, { notes: false });
  const data: AnalysisData = { models: set.models, rubric, items, raters, cells };
  const shown = choice.rater === undefined
    ? raters.filter(({ kind }) => kind === "human")
    : [requireRaterOf(raters, choice.rater)];
  // Without people the judges are all there is; the page says that they are.
  const counted = shown.length > 0 ? shown : raters;
  const agreements = comparedRaters(data);
  const [a, b] = pairOf(raters, agreements, choice);
  return {
    set,
    rubric,
    raters,
    shown: counted,
    means: meanRows(data, counted.map(({ id }) => id)),
    agreements,
    pair: a && b
      ? { ...comparedOnce(data, agreements, a, b), criteria: compareByCriterion(data, a, b) }
      : null,
    alphas: { people: sharedAlpha(data, ["human"]), all: sharedAlpha(data, ["human", "judge"]) },
    drift: driftOf(data),
  };
}

/** Out of those that were compared already, where it is one of them. */
function comparedOnce(
  data: AnalysisData,
  agreements: readonly ComparedRaters[],
  a: Rater,
  b: Rater,
): ComparedRaters {
  return agreements.find((one) => one.a.id === a.id && one.b.id === b.id) ??
    compareRaters(data, a, b);
}

/** What was asked for, or else the two that scored the most in common. */
function pairOf(
  raters: readonly Rater[],
  agreements: readonly ComparedRaters[],
  { a, b }: AnalysisChoice,
): [Rater?, Rater?] {
  if (a !== undefined && b !== undefined) {
    return [requireRaterOf(raters, a), requireRaterOf(raters, b)];
  }
  const most = agreements.toSorted((one, other) => other.pairs - one.pairs)[0];
  return most ? [most.a, most.b] : [];
}

function requireRaterOf(raters: readonly Rater[], id: string): Rater {
  const found = raters.find((rater) => rater.id === id);
  if (found) return found;
  throw new ValidationError("No such rater scored this set", {
    path: "rater",
    expected: raters.map(({ id }) => id).join(", ").slice(0, 200) || "a set that somebody scored",
    got: id.slice(0, 64),
    fix: "Choose one from the page of the analysis.",
  });
}
