// A set of prompts as forms and files bring it: lines, a table, or JSON. Knows no database.

import { ValidationError } from "../errors.ts";
import { parseDocument } from "../verification/schema.ts";
import { type PromptSetDraft, promptSetSchema } from "./schema.ts";
import { readTable, Repairs } from "./tinyscalelab/csv.ts";
import { parseJson } from "./tinyscalelab/files.ts";
import type { Prompt } from "./types.ts";

/** What the form sends. */
export interface PromptFields {
  name: string;
  source: string;
  licence: string;
  /** A prompt a line; a line "# Plot" begins a category. */
  prompts: string;
}

/** Of a form without a file, or with one that takes the place of the lines. */
export function promptFields(fields: Record<string, string>): PromptFields {
  const of = (name: string) => (fields[name] ?? "").trim();
  return {
    name: of("name"),
    source: of("source"),
    licence: of("licence"),
    // Blanks at the end of a prompt are part of it.
    prompts: (fields.prompts ?? "").replaceAll("\r\n", "\n"),
  };
}

/**
 * @param files one at most counts: JSON is the whole set, a table its prompts.
 * @throws {ValidationError} when they are no set of prompts.
 */
export function readPrompts(
  fields: PromptFields,
  files: ReadonlyMap<string, string>,
): PromptSetDraft {
  const { name, source, licence } = fields;
  const [file] = files;
  if (file && /\.json$/i.test(file[0])) {
    const given = Object(parseJson(...file));
    const said = { name: given.name || name, source: given.source || source };
    const whole = { ...given, ...said, licence: given.licence || licence };
    return parseDocument(promptSetSchema, whole, "prompts");
  }
  const prompts = file ? promptsOfTable(...file) : promptsOfLines(fields.prompts);
  return parseDocument(promptSetSchema, { name, source, licence, prompts }, "prompts");
}

function promptsOfLines(text: string): Prompt[] {
  const prompts: Prompt[] = [];
  let category = "";
  for (const line of text.split("\n")) {
    const [, heading] = /^#\s*(\S.*)$/.exec(line.trimEnd()) ?? [];
    if (heading !== undefined) category = heading;
    else if (line.trim() !== "") {
      prompts.push({ id: String(prompts.length + 1), category, text: line });
    }
  }
  if (prompts.length > 0 && prompts[0].category !== "") return prompts;
  const [first] = prompts;
  throw new ValidationError(first ? "A prompt is of no category" : "There are no prompts", {
    path: "prompts",
    expected: first ? "a line with its category before it" : "a prompt on each line",
    got: first ? first.text.slice(0, 80) : "nothing",
    fix: "Write # and a category of the rubric on a line, and the prompts below it.",
  });
}

function promptsOfTable(file: string, text: string): Prompt[] {
  const { header, rows } = readTable(file, text, new Repairs());
  const missing = ["category", "prompt"].filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new ValidationError("The file is no table of prompts", {
      path: file,
      expected: "a first line with category, prompt and perhaps id",
      got: header.join(", ").slice(0, 120) || "nothing",
      fix: `Add ${missing.join(", ")}.`,
    });
  }
  return rows.map(({ id, category, prompt }, at) => ({
    id: id || String(at + 1),
    category,
    text: prompt,
  }));
}
