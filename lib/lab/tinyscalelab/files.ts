// Tells by its columns what a file of a study is. Knows nothing of what the fields mean.

import { z } from "zod";
import { ValidationError } from "../../errors.ts";
import { printable, visible } from "../../submissions/text_fields.ts";
import { parseDocument } from "../../verification/schema.ts";
import { decodingSchema, rubricSchema } from "../schema.ts";
import { criteriaOfMarkdown, scoreColumn } from "./criteria.ts";
import { readTable, type Repairs, type Table } from "./csv.ts";

/** What no table says: names, sizes of models, who the judges are. All of it may be left out. */
export const studySchema = z.strictObject({
  name: visible(80).optional(),
  slug: rubricSchema.shape.slug.optional(),
  source: printable(0, 300).optional(),
  /** Of the prompts. */
  licence: printable(0, 80).optional(),
  /** Whose the scores are. */
  rater: visible(80).optional(),
  decoding: decodingSchema.optional(),
  /** By the name of the model. */
  parameters: z.record(z.string(), z.int().positive()).default({}),
  /** By the name of the file. */
  judges: z.record(
    z.string(),
    z.strictObject({ provider: visible(40), model: visible(80), name: visible(80).optional() }),
  ).default({}),
});
export type Study = z.infer<typeof studySchema>;

export type FileKind =
  | "completions"
  | "scores"
  | "judge scores"
  | "criteria"
  | "rubric"
  | "judge's template"
  | "study";

/** The files of a study, by what they are. */
export interface StudyFiles {
  completions: Table[];
  scores: Table[];
  judges: Table[];
  criteria: Table[];
  rubrics: { file: string; text: string }[];
  templates: { file: string; text: string }[];
  study: Study;
  /** What was made of each, in their order; null was not read. */
  kinds: { file: string; kind: FileKind | null; rows: number | null }[];
}

const ITEM_COLUMNS = ["ID", "category", "prompt", "completion", "model_name"];
const JUDGE_COLUMNS = ["res_category", "res_prompt", "res_completion", "subcriterion", "score"];
const CRITERIA_COLUMNS = ["category", "label", "text"];

function tableKind({ header }: Table): "completions" | "scores" | "judges" | "criteria" | null {
  const has = (columns: string[]) => columns.every((column) => header.includes(column));
  if (has(ITEM_COLUMNS)) return header.some(scoreColumn) ? "scores" : "completions";
  if (has(JUDGE_COLUMNS)) return "judges";
  return has(CRITERIA_COLUMNS) ? "criteria" : null;
}

const KIND_NAMES = {
  completions: "completions",
  scores: "scores",
  judges: "judge scores",
  criteria: "criteria",
} as const;

/**
 * @param files texts by name, in the order of their names.
 * @throws {ValidationError} when a table or the study's description cannot be read.
 */
export function sortFiles(files: ReadonlyMap<string, string>, repairs: Repairs): StudyFiles {
  const found: StudyFiles = {
    completions: [],
    scores: [],
    judges: [],
    criteria: [],
    rubrics: [],
    templates: [],
    study: parseDocument(studySchema, {}, "study.json"),
    kinds: [],
  };
  for (const [file, text] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    const { kind, rows } = sortFile(found, file, text, repairs);
    found.kinds.push({ file, kind, rows });
  }
  return found;
}

function sortFile(
  found: StudyFiles,
  file: string,
  text: string,
  repairs: Repairs,
): { kind: FileKind | null; rows: number | null } {
  if (/\.csv$/i.test(file)) {
    const table = readTable(file, text, repairs);
    const kind = tableKind(table);
    if (kind) found[kind].push(table);
    return { kind: kind && KIND_NAMES[kind], rows: table.rows.length };
  }
  if (/\.json$/i.test(file) && /study/i.test(file)) {
    found.study = parseDocument(studySchema, parseJson(file, text), file);
    return { kind: "study", rows: null };
  }
  if (text.includes("{completion}")) {
    found.templates.push({ file, text: text.replaceAll("\r\n", "\n") });
    return { kind: "judge's template", rows: null };
  }
  if (/\.md$/i.test(file) && isRubricOnly(text)) {
    found.rubrics.push({ file, text });
    return { kind: "rubric", rows: criteriaOfMarkdown(text).length };
  }
  return { kind: null, rows: null };
}

/** Headings and points, nothing else: a README has points too. */
function isRubricOnly(text: string): boolean {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  return criteriaOfMarkdown(text).length > 0 &&
    lines.every((line) => /^(#+|\s*[-*])\s/.test(line));
}

export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValidationError(`${file} is no JSON`, {
      path: file,
      expected: "one JSON object",
      got: (error as Error).message.slice(0, 120),
      fix: "Mend the file.",
    });
  }
}
