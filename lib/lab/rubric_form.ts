// A rubric as forms and files bring it: a table of criteria, or JSON. Knows no database.

import { ValidationError } from "../errors.ts";
import { parseDocument } from "../verification/schema.ts";
import { type RubricDraft, rubricSchema } from "./schema.ts";
import { criterionKey, type NamedCriterion, withIdsOf } from "./tinyscalelab/criteria.ts";
import { readTable, Repairs } from "./tinyscalelab/csv.ts";
import { parseJson } from "./tinyscalelab/files.ts";
import { slugOf } from "./tinyscalelab/rubrics.ts";
import type { Criterion, Rubric } from "./types.ts";

/** What the form sends. */
export interface RubricFields {
  name: string;
  slug: string;
  /** "0, 0.5, 1" */
  levels: string;
  /** A table with the columns category, label, text, and perhaps id. */
  criteria: string;
  source: string;
}

/** Of a form without a file, or with one that takes the place of the table. */
export function rubricFields(fields: Record<string, string>): RubricFields {
  const of = (name: string) => (fields[name] ?? "").trim();
  return {
    name: of("name"),
    slug: of("slug"),
    levels: of("levels") || "0, 0.5, 1",
    criteria: of("criteria"),
    source: of("source"),
  };
}

/**
 * @param files one at most counts: JSON is the whole rubric, a table its criteria.
 * @param previous the version that is edited: criteria that ask the same keep its ids.
 * @throws {ValidationError} when it is no rubric.
 */
export function readRubric(
  fields: RubricFields,
  files: ReadonlyMap<string, string>,
  previous: Rubric | null,
): RubricDraft {
  const [file] = files;
  if (file && /\.json$/i.test(file[0])) {
    const given = Object(parseJson(...file));
    const slug = previous?.slug ?? given.slug ?? slugOf(String(given.name ?? "rubric"));
    return parseDocument(rubricSchema, { ...given, slug }, "rubric");
  }
  const [name, text] = file ?? ["criteria", fields.criteria];
  return parseDocument(rubricSchema, {
    slug: previous?.slug ?? (fields.slug || slugOf(fields.name)),
    name: fields.name,
    levels: fields.levels.split(/[,;\s]+/).filter(Boolean).map(Number),
    criteria: readCriteria(name, text, previous?.criteria ?? []),
    source: fields.source,
  }, "rubric");
}

/** Rows with an id keep it; the others get that of what asks the same, or a new one. */
function readCriteria(file: string, text: string, base: readonly Criterion[]): Criterion[] {
  const { header, rows } = readTable(file, text, new Repairs());
  const missing = ["category", "label", "text"].filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new ValidationError("The criteria are no such table", {
      path: "criteria",
      expected: "a first line with category, label, text",
      got: header.join(", ").slice(0, 120) || "nothing",
      fix: `Add ${missing.join(", ")}.`,
    });
  }
  const named = rows.map((row): NamedCriterion & { id: string } => ({
    id: row.id ?? "",
    category: row.category,
    code: row.label,
    text: row.text,
  }));
  const given = new Set(named.map(({ id }) => id).filter(Boolean));
  const open = base.filter(({ id }) => !given.has(id));
  const without = named.filter(({ id }) => id === "").map(({ id: _, ...one }) => one);
  const found = withIdsOf(open, without, { file, repairs: new Repairs() });
  const idOf = new Map(found.map((one) => [criterionKey(one), one.id]));
  return named.map((one) => ({ ...one, id: one.id || idOf.get(criterionKey(one))! }));
}
