// Reads a study in TinyScaleLab's layout: completions, rubrics, scores by hand, judges' scores.

import { ValidationError } from "../../errors.ts";
import type { ItemDraft, JudgeTemplateDraft, PromptSetDraft, RubricDraft } from "../schema.ts";
import type { Decoding, LabModel } from "../types.ts";
import { columnOf } from "./criteria.ts";
import { type Repair, Repairs, type Table } from "./csv.ts";
import { sortFiles, type Study, type StudyFiles } from "./files.ts";
import { type RatedScore, type ReadJudge, readJudge, type StudyReview } from "./judge.ts";
import { readRubrics, slugOf, type StudyRubrics } from "./rubrics.ts";

/** A study as it will be kept: items by their index, raters by their key. */
export interface StudyImport {
  name: string;
  source: string;
  /** Versions in their order; `rubric` is that of the set. */
  rubrics: RubricDraft[];
  rubric: number;
  prompts: PromptSetDraft;
  models: LabModel[];
  decoding: Decoding | null;
  items: ItemDraft[];
  raters: StudyRater[];
  scores: RatedScore[];
  reviews: StudyReview[];
  templates: JudgeTemplateDraft[];
  report: ImportReport;
}

export interface StudyRater {
  key: string;
  kind: "human" | "judge";
  name: string;
  /** Which of the rubrics it was asked with. */
  rubric: number;
  provider?: string;
  model?: string;
}

/** What was read, and what was repaired. */
export interface ImportReport {
  files: StudyFiles["kinds"];
  repairs: Repair[];
  items: number;
  prompts: number;
  scores: number;
  judgeScores: number;
  reviews: number;
  /** Things to know that nothing was changed for. */
  remarks: string[];
}

/**
 * @param files texts by name.
 * @throws {ValidationError} when a file cannot be read, or nothing in them is to be scored.
 */
export function readStudy(files: ReadonlyMap<string, string>): StudyImport {
  const repairs = new Repairs();
  const found = sortFiles(files, repairs);
  const [scores] = found.scores.filter(({ rows }) => rows.length > 0);
  const table = scores ?? found.completions.find(({ rows }) => rows.length > 0);
  if (table === undefined) throw nothingToScore(found);
  const { items, promptIds } = readItems(table, found, repairs);
  const rubrics = readRubrics(found, scores, repairs);
  const human = found.study.rater ?? "Imported rater";
  const byHand = scores ? readScores(scores, rubrics, repairs) : [];
  const judges = found.judges.map((judge) => readJudge(judge, { items, rubrics, repairs }));
  const raters = ratersOf(found, { human, scored: byHand.length > 0, judges, rubrics });
  const { study, kinds } = found;
  const name = study.name ?? table.file.replace(/\.csv$/i, "");
  return {
    name,
    source: study.source ?? "",
    rubrics: rubrics.versions,
    rubric: rubrics.ofSet,
    prompts: promptsOf(name, items, study),
    models: modelsOf(items, study.parameters),
    decoding: study.decoding ?? null,
    items,
    raters,
    scores: [...byHand, ...judges.flatMap(({ scores }) => scores)],
    reviews: judges.flatMap(({ reviews }) => reviews),
    templates: templatesOf(found, rubrics.slug),
    report: {
      files: kinds,
      repairs: repairs.list(),
      items: items.length,
      prompts: promptIds,
      scores: byHand.length,
      judgeScores: judges.reduce((sum, { scores }) => sum + scores.length, 0),
      reviews: judges.reduce((sum, { reviews }) => sum + reviews.length, 0),
      remarks: remarksOf(items),
    },
  };
}

function templatesOf({ templates, study }: StudyFiles, rubric: string): StudyImport["templates"] {
  return templates.map(({ file, text }) => {
    const name = file.replace(/\.\w+$/, "");
    return {
      slug: slugOf(`${rubric}-${name}`),
      name: name.replaceAll("_", " ").slice(0, 80),
      text,
      source: (study.source ?? file).slice(0, 300),
    };
  });
}

function nothingToScore({ kinds }: StudyFiles): ValidationError {
  return new ValidationError("There are no completions to score in these files", {
    expected: "a table with the columns ID, category, prompt, completion, model_name, and a row",
    got: kinds.map(({ file }) => file).join(", ").slice(0, 200) || "no file",
    fix: "Give the table of completions, or the one with scores.",
  });
}

/** The items in the order of the table; prompts keep the number they have among a model's. */
function readItems(
  table: Table,
  found: StudyFiles,
  repairs: Repairs,
): { items: ItemDraft[]; promptIds: number } {
  const promptIds = new Map<string, string>();
  const items = table.rows.map((row, at): ItemDraft => {
    const { category, prompt, completion, model_name } = row;
    const key = `${category}\n${prompt}`;
    if (!promptIds.has(key)) promptIds.set(key, String(promptIds.size + 1));
    for (const column of ["category", "prompt", "model_name"] as const) {
      if (row[column]?.trim()) continue;
      throw new ValidationError(`${table.file}: row ${at + 1} has no ${column}`, {
        path: `${table.file}.${column}`,
        expected: `a ${column}`,
        got: "nothing",
        fix: "Fill it in.",
      });
    }
    const promptId = promptIds.get(key)!;
    return { model: model_name, entryId: null, promptId, category, prompt, completion };
  });
  for (const { file, rows } of found.completions) {
    const repeated = rows.length - new Set(rows.map(({ ID }) => ID)).size;
    repairs.count("ids that several completions have: told apart by model", file, repeated);
  }
  compareCompletions(table, found.completions, repairs);
  return { items, promptIds: promptIds.size };
}

/** Whether the table of completions and that of scores speak of the same ones. */
function compareCompletions(table: Table, others: Table[], repairs: Repairs): void {
  const keyOf = (row: Record<string, string>) =>
    [row.model_name, row.category, row.prompt, row.completion].join("\n");
  const known = new Set(table.rows.map(keyOf));
  for (const other of others) {
    if (other === table) continue;
    const missing = other.rows.filter((row) => !known.has(keyOf(row))).length;
    repairs.count("completions without scores: left out", other.file, missing);
  }
}

function readScores(table: Table, rubrics: StudyRubrics, repairs: Repairs): RatedScore[] {
  const { criteria, levels } = rubrics.versions[rubrics.ofSet];
  const columns = criteria.map((criterion) => ({ criterion, column: columnOf(criterion) }));
  const scores: RatedScore[] = [];
  table.rows.forEach((row, item) => {
    for (const { criterion, column } of columns) {
      const text = row[column]?.trim();
      if (!text) continue;
      if (criterion.category !== row.category) {
        repairs.count("scores under a criterion of another category: kept", table.file);
      }
      const value = Number(text);
      if (!levels.includes(value)) throw noLevel(table.file, item, column, text, levels);
      scores.push({ item, criterion: criterion.id, rater: "human", value, note: null });
    }
  });
  return scores;
}

export function noLevel(
  file: string,
  row: number,
  column: string,
  got: string,
  levels: readonly number[],
): ValidationError {
  return new ValidationError(`${file}: row ${row + 1} has no such score as ${got.slice(0, 40)}`, {
    path: `${file}.${column}`,
    expected: levels.join(", "),
    got: got.slice(0, 40),
    fix: "Correct the score, or leave it empty.",
  });
}

function ratersOf(
  { study }: StudyFiles,
  { human, scored, judges, rubrics }: {
    human: string;
    scored: boolean;
    judges: readonly ReadJudge[];
    rubrics: StudyRubrics;
  },
): StudyRater[] {
  const raters: StudyRater[] = [];
  if (scored || judges.some(({ reviews }) => reviews.length > 0)) {
    raters.push({ key: "human", kind: "human", name: human, rubric: rubrics.ofSet });
  }
  for (const { key, file, rubric } of judges) {
    const { provider = "unknown", model = "unknown", name } = study.judges[file] ?? {};
    raters.push({ key, kind: "judge", name: name ?? file, rubric, provider, model });
  }
  return raters;
}

function promptsOf(
  name: string,
  items: readonly ItemDraft[],
  { source = "", licence = "" }: Study,
): PromptSetDraft {
  const distinct = new Map(items.map((item) => [item.promptId, item]));
  const prompts = [...distinct.values()].map(({ promptId, category, prompt }) => ({
    id: promptId,
    category,
    text: prompt,
  }));
  return { name, prompts, source, licence };
}

function modelsOf(items: readonly ItemDraft[], parameters: Record<string, number>): LabModel[] {
  return [...new Set(items.map(({ model }) => model))].map((name) => ({
    name,
    parameters: Object.hasOwn(parameters, name) ? parameters[name] : null,
    entryId: null,
  }));
}

function remarksOf(items: readonly ItemDraft[]): string[] {
  const remarks: string[] = [];
  const marks = items.reduce(
    (sum, { completion }) => sum + completion.split("<|endoftext|>").length - 1,
    0,
  );
  if (marks > 0) {
    remarks.push(`${marks} marks <|endoftext|> stay: raters saw them, and judges took them off.`);
  }
  const prompts = new Map(items.map(({ promptId, prompt }) => [promptId, prompt]));
  const texts = new Set(prompts.values());
  if (texts.size < prompts.size) {
    remarks.push(
      `Of ${prompts.size} prompts ${texts.size} are distinct: some stand in two categories.`,
    );
  }
  return remarks;
}
