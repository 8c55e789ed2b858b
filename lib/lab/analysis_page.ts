// What the analysis of a set shows, out of the database. Server only.

import { type Kysely, sql } from "kysely";
import { ValidationError } from "../errors.ts";
import { storable } from "../storage/json.ts";
import { KeyedMemo } from "../storage/memo.ts";
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

/** What does not depend on the choice. */
interface Analysed {
  page: SetPage;
  data: AnalysisData;
  agreements: ComparedRaters[];
  alphas: AnalysisPage["alphas"];
  drift: Drift[];
}

/** Sets whose scores are held, and pages made of them: some 400 KB and 100 KB at most usual sizes. */
const MOST_SETS = 12;
const MOST_PAGES = 60;

interface Kept {
  sets: KeyedMemo<Analysed>;
  pages: KeyedMemo<AnalysisPage>;
}

const keptOf = new WeakMap<object, Kept>();

/**
 * Kept until the set, its scores or its raters change, and made once for all who ask at a time.
 *
 * @throws {NotFoundError} when there is no such set.
 * @throws {ValidationError} when a rater that is asked for did not score it.
 */
export async function loadAnalysis(
  db: Kysely<Database>,
  id: string,
  { rater, a, b }: AnalysisChoice,
): Promise<AnalysisPage> {
  const kept = keptOf.get(db) ?? {
    sets: new KeyedMemo<Analysed>(MOST_SETS),
    pages: new KeyedMemo<AnalysisPage>(MOST_PAGES),
  };
  keptOf.set(db, kept);
  const version = await analysisVersion(db, id);
  const choice = { rater, ...a !== undefined && b !== undefined && { a, b } };
  return await kept.pages.get(`${id} ${JSON.stringify(choice)}`, version, async () => {
    const analysed = await kept.sets.get(id, version, () => analyse(db, id));
    return pageOf(analysed, choice);
  });
}

/**
 * Another text after any change that an analysis shows. Scores are only added, so their number tells
 * of every one: a highest number alone would miss a transaction that ends after a later one.
 */
async function analysisVersion(db: Kysely<Database>, id: string): Promise<string> {
  const { rows: [{ version }] } = await sql<{ version: string }>`
    select concat_ws(' ',
      (select count(*) from lab_score where set_id = ${storable(id)}),
      (select count(*) from lab_item where set_id = ${storable(id)}),
      (select to_jsonb(lab_set) from lab_set where id = ${storable(id)}),
      (select jsonb_agg(rater_id order by rater_id) from lab_hidden_rating
        where set_id = ${storable(id)}),
      (select jsonb_agg(jsonb_build_array(id, name, kind) order by id) from lab_rater
        where exists (select from lab_score where set_id = ${storable(id)}
          and rater_id = lab_rater.id))) as version`.execute(db);
  return version;
}

async function analyse(db: Kysely<Database>, id: string): Promise<Analysed> {
  const page = await loadSetPage(db, id);
  const { set, rubric, items, raters } = page;
  const cells = await scoresOf(db, set.id, { notes: false });
  const data: AnalysisData = { models: set.models, rubric, items, raters, cells };
  return {
    page,
    data,
    agreements: comparedRaters(data),
    alphas: { people: sharedAlpha(data, ["human"]), all: sharedAlpha(data, ["human", "judge"]) },
    drift: driftOf(data),
  };
}

function pageOf(
  { page: { set, rubric, raters }, data, agreements, alphas, drift }: Analysed,
  choice: AnalysisChoice,
): AnalysisPage {
  const shown = choice.rater === undefined
    ? raters.filter(({ kind }) => kind === "human")
    : [requireRaterOf(raters, choice.rater)];
  // Without people the judges are all there is; the page says that they are.
  const counted = shown.length > 0 ? shown : raters;
  const [a, b] = pairOf(raters, agreements, choice);
  return {
    ...{ set, rubric, raters, shown: counted, agreements, alphas, drift },
    means: meanRows(data, counted.map(({ id }) => id)),
    pair: a && b
      ? { ...comparedOnce(data, agreements, a, b), criteria: compareByCriterion(data, a, b) }
      : null,
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
