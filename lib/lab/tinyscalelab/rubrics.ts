// The rubrics of a study as versions of one: that of the scores, and those of its other files.

import { ValidationError } from "../../errors.ts";
import type { RubricDraft } from "../schema.ts";
import type { Criterion } from "../types.ts";
import {
  columnOf,
  criteriaOfMarkdown,
  criterionKey,
  distinctCriteria,
  type NamedCriterion,
  scoreColumn,
  withIdsOf,
} from "./criteria.ts";
import type { Repairs, Table } from "./csv.ts";
import type { StudyFiles } from "./files.ts";

export interface StudyRubrics {
  slug: string;
  versions: RubricDraft[];
  /** Index of the version that the set is scored by. */
  ofSet: number;
  /** Index by the file that brought it. */
  byFile: Map<string, number>;
}

/** The levels where a file does not say others. */
const USUAL_LEVELS = [0, 0.5, 1];

/** Lower-case letters, digits and hyphens, as addresses have them. */
export function slugOf(text: string): string {
  return text.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "")
    .slice(0, 60).replace(/-+$/, "") || "rubric";
}

/** @param scores the table whose columns are the rubric of the set, if there is one. */
export function readRubrics(
  found: StudyFiles,
  scores: Table | undefined,
  repairs: Repairs,
): StudyRubrics {
  const name = found.study.name ?? (scores ?? found.completions[0]).file.replace(/\.csv$/i, "");
  const slug = found.study.slug ?? slugOf(name);
  const base = baseCriteria(found, scores, repairs);
  const draft = (criteria: Criterion[], from: string): RubricDraft => ({
    slug,
    name,
    levels: levelsOf(found, scores),
    criteria,
    source: `${found.study.source ?? ""}${found.study.source ? ": " : ""}${from}`.slice(0, 300),
  });
  const others = otherRubrics(found);
  const versions: RubricDraft[] = [];
  const byFile = new Map<string, number>();
  let ofSet = 0;
  // Files of criteria are from before the scores, what judges were asked from after.
  for (
    const { file, criteria } of [...others, { file: "", criteria: base, later: false }]
      .sort((a, b) => Number(a.later) - Number(b.later))
  ) {
    const kept = file === "" ? base : withIdsOf(base, criteria, { file, repairs });
    const known = versions.findIndex((version) => sameCriteria(version.criteria, kept));
    const at = known === -1 ? versions.push(draft(kept, file || scores?.file || "")) - 1 : known;
    if (file === "") ofSet = at;
    else byFile.set(file, at);
  }
  return { slug, versions, ofSet, byFile };
}

/** Equal but for their order. */
function sameCriteria(a: readonly Criterion[], b: readonly Criterion[]): boolean {
  const texts = (list: readonly Criterion[]) =>
    list.map(({ id, category, code, text }) => [id, category, code, text].join("\n")).sort();
  return texts(a).join("\n\n") === texts(b).join("\n\n");
}

interface OtherRubric {
  file: string;
  criteria: NamedCriterion[];
  later: boolean;
}

function otherRubrics(found: StudyFiles): OtherRubric[] {
  return [
    ...found.criteria.map((table) => ({
      file: table.file,
      criteria: criteriaOfTable(table),
      later: false,
    })),
    ...found.judges.map((table) => ({
      file: table.file,
      criteria: criteriaOfJudge(table),
      later: true,
    })),
    ...found.rubrics.map(({ file, text }) => ({
      file,
      criteria: criteriaOfMarkdown(text),
      later: true,
    })),
  ].filter(({ criteria }) => criteria.length > 0);
}

function criteriaOfTable({ rows }: Table): NamedCriterion[] {
  return distinctCriteria(
    rows.map(({ category, label, text }) => ({ category, code: label, text })),
  );
}

function criteriaOfJudge({ rows }: Table): NamedCriterion[] {
  return distinctCriteria(rows.map((row) => ({
    category: row.res_category,
    code: row.subcriterion,
    text: row.text || `${row.res_category} ${row.subcriterion}`,
  })));
}

/**
 * What the columns of the scores ask: the words are of the first file that has words for all of
 * them, a judge's before a list of criteria. Without scores it is the first rubric there is.
 */
function baseCriteria(
  found: StudyFiles,
  scores: Table | undefined,
  repairs: Repairs,
): Criterion[] {
  const lists = [
    ...found.judges.map((table) => ({ file: table.file, list: criteriaOfJudge(table) })),
    ...found.criteria.map((table) => ({ file: table.file, list: criteriaOfTable(table) })),
    ...found.rubrics.map(({ file, text }) => ({ file, list: criteriaOfMarkdown(text) })),
  ];
  const named = scores?.header.flatMap((column) => scoreColumn(column) ?? []) ?? null;
  if (named === null) {
    const [first] = lists;
    if (first === undefined) throw noCriteria();
    return first.list.map((one) => ({ id: criterionKey(one), ...one }));
  }
  const covers = ({ list }: { list: NamedCriterion[] }) => {
    const keys = new Set(list.map(criterionKey));
    return named.every((one) => keys.has(criterionKey(one)));
  };
  const words = lists.find(covers);
  const textOf = new Map(words?.list.map((one) => [criterionKey(one), one.text]));
  const sorted = named.every(({ category, code }, at) =>
    at === 0 || category !== named[at - 1].category || code > named[at - 1].code
  );
  if (!sorted) {
    repairs.count("columns out of the order of their letters: read by their names", scores!.file);
  }
  return named.map((one) => {
    const id = criterionKey(one);
    return { id, ...one, text: textOf.get(id) ?? columnOf(one).replaceAll("_", " ") };
  });
}

function noCriteria(): ValidationError {
  return new ValidationError("No file says what is to be scored", {
    expected: "a table with the columns category, label, text, or one with scores",
    got: "completions only",
    fix: "Add criteria.csv, or choose a rubric that is here.",
  });
}

/** 0, ½ and 1 where these hold all scores, else the scores there are. */
function levelsOf(found: StudyFiles, scores: Table | undefined): number[] {
  const given = new Set<number>();
  const note = (text: string | undefined) => {
    const value = Number(text?.trim());
    if (text?.trim() && Number.isFinite(value)) given.add(value);
  };
  const columns = scores?.header.filter((column) => scoreColumn(column)) ?? [];
  for (const row of scores?.rows ?? []) for (const column of columns) note(row[column]);
  for (const { rows } of found.judges) for (const { score } of rows) note(score);
  if ([...given].every((value) => USUAL_LEVELS.includes(value))) return USUAL_LEVELS;
  return [...given].sort((a, b) => a - b);
}
