// Sets of the lab in the API: what is answered, and the operations. Knows no route.

import { z } from "zod";
import { meanOf, meanTables } from "../lab/means.ts";
import { criterionSchema, decodingSchema, labModelSchema } from "../lab/schema.ts";
import type { ListedSet } from "../lab/set_store.ts";
import type { ImportReport } from "../lab/tinyscalelab/read.ts";
import type { LabItem, LabSet, Rater, Rubric, ScoreCell } from "../lab/types.ts";
import { json, type Operations } from "./api_operation.ts";

const instant = () => z.iso.datetime();
const count = () => z.int().min(0);
const pathOn = (what: string) => z.string().describe(`Path on this server of ${what}.`);

const listedFields = {
  id: z.string(),
  name: z.string(),
  models: z.array(z.string()),
  items: count().describe("Completions."),
  source: z.enum(["imported", "generated"]),
  sourceNote: z.string(),
  createdAt: instant(),
  url: pathOn("its page"),
};

const setsSchema = z.object({
  sets: z.array(z.object(listedFields).meta({ id: "LabSetSummary" })).describe("Newest first."),
});

const meanSchema = z.object({
  model: z.string(),
  category: z.string().nullable().describe("Null for all categories together."),
  criterion: z.string().nullable().describe("Id of the criterion; null for all of the category."),
  mean: z.number(),
  scores: count(),
}).meta({ id: "LabMean" });

const raterSchema = z.object({
  id: z.string(),
  kind: z.enum(["human", "judge"]).describe("A judge is a language model: no person scored."),
  name: z.string(),
  scores: count(),
  means: z.array(meanSchema).describe("Of its first scores."),
}).meta({ id: "LabRater" });

const setSchema = z.object({
  ...listedFields,
  models: z.array(labModelSchema),
  decoding: decodingSchema.nullable().describe("How the completions were made, where it is known."),
  rubric: z.object({
    id: z.string(),
    slug: z.string(),
    version: z.int().min(1),
    levels: z.array(z.number()),
    criteria: z.array(criterionSchema),
  }),
  raters: z.array(raterSchema),
}).meta({
  id: "LabSet",
  description: "Completions scored in the lab; they never enter a ranking.",
});

const importedSchema = z.object({
  id: z.string(),
  isNew: z.boolean().describe("False when the same study was here already."),
  url: pathOn("the set"),
  report: z.object({
    files: z.array(z.object({
      file: z.string(),
      kind: z.string().nullable().describe("What it was read as; null when it was not."),
      rows: count().nullable(),
    })),
    repairs: z.array(z.object({
      what: z.string(),
      count: count(),
      files: z.record(z.string(), count()),
      example: z.string(),
    })),
    items: count(),
    prompts: count(),
    scores: count(),
    judgeScores: count(),
    reviews: count(),
    remarks: z.array(z.string()),
  }),
}).meta({ id: "ImportedStudy" });

export const LAB_SET_OPERATIONS: Operations = {
  "/api/v1/lab/sets": {
    get: {
      tag: "Lab",
      summary: "Sets of completions that are scored by hand",
      answer: json(setsSchema),
    },
    post: {
      tag: "Lab",
      summary: "Import a study in TinyScaleLab's layout",
      description:
        "The files as parts named files; docs/lab.md says which there may be. The answer " +
        "tells what was repaired. The same study again gives the same set.",
      body: "multipart/form-data",
      status: 201,
      answer: json(importedSchema),
    },
  },
  "/api/v1/lab/sets/{id}": {
    get: {
      tag: "Lab",
      summary: "One set: its rubric, who scored it, and the means",
      path: {
        id: z.string().meta({ description: "Id of the set.", examples: ["k7tqz4mwx9c2"] }),
      },
      answer: json(setSchema),
    },
  },
};

function address(id: string): string {
  return `/lab/sets/${id}`;
}

export function setsJson(sets: readonly ListedSet[]): z.input<typeof setsSchema> {
  return {
    sets: sets.map(({ id, name, models, items, source, sourceNote, createdAt }) => ({
      ...{ id, name, items, source, sourceNote, url: address(id) },
      models: models.map((model) => model.name),
      createdAt: createdAt.toISOString(),
    })),
  };
}

export function importedJson(
  { set, isNew, report }: { set: LabSet; isNew: boolean; report: ImportReport },
): z.input<typeof importedSchema> {
  return { id: set.id, isNew, url: address(set.id), report };
}

/** @param cells of all raters. */
export function setJson(
  { set, rubric, items, raters }: {
    set: LabSet;
    rubric: Rubric;
    items: readonly LabItem[];
    raters: readonly Rater[];
  },
  cells: readonly ScoreCell[],
): z.input<typeof setSchema> {
  const { id, name, models, source, sourceNote, decoding, createdAt } = set;
  const { slug, version, levels, criteria } = rubric;
  const firstOf = Map.groupBy(
    cells.filter(({ round }) => round === 0),
    ({ raterId }) => raterId,
  );
  return {
    ...{ id, name, models, source, sourceNote, decoding, url: address(id), items: items.length },
    createdAt: createdAt.toISOString(),
    rubric: { id: rubric.id, slug, version, levels, criteria },
    raters: raters.map(({ id, kind, name }) => {
      const scores = firstOf.get(id) ?? [];
      return { id, kind, name, scores: scores.length, means: meansJson(items, rubric, scores) };
    }),
  };
}

function meansJson(
  items: readonly LabItem[],
  { criteria }: Rubric,
  cells: readonly ScoreCell[],
): z.input<typeof meanSchema>[] {
  const tables = meanTables(items, cells);
  const category = new Map(criteria.map((criterion) => [criterion.id, criterion.category]));
  const rows = (
    of: ReadonlyMap<string, { sum: number; count: number }>,
    place: { category: string | null; criterion: string | null },
  ) =>
    [...of].map(([model, mean]) => ({ model, ...place, mean: meanOf(mean)!, scores: mean.count }));
  return [
    ...rows(tables.overall, { category: null, criterion: null }),
    ...[...tables.categories].flatMap(([category, of]) => rows(of, { category, criterion: null })),
    ...[...tables.criteria].flatMap(([criterion, of]) =>
      rows(of, { category: category.get(criterion) ?? null, criterion })
    ),
  ];
}
