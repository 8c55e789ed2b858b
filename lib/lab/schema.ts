// Schemas of what comes into the lab from outside: rubrics, prompts, items, scores.

import { z } from "zod";
import { printable, visible } from "../submissions/text_fields.ts";

/** Most characters of a prompt or a completion. */
export const TEXT_LENGTH = 20_000;
/** Most completions of a set. */
export const MOST_ITEMS = 20_000;
/** Most characters of a rater's note or a reviewer's comment. */
export const NOTE_LENGTH = 4_000;

/** Text of a model or of people: line ends and tabs are part of it. */
export const longText = (max: number) => z.string().max(max);

const key = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u, "a short name");

export const criterionSchema = z.strictObject({
  id: key,
  category: visible(60),
  code: z.string().regex(/^[A-Za-z0-9]{1,4}$/, "one to four letters or digits"),
  text: visible(400),
});

function noneTwice<T>(of: (one: T) => string) {
  return (list: T[]) => new Set(list.map(of)).size === list.length;
}

const levels = z.array(z.number().min(0).max(100)).min(2).max(9)
  .refine(
    (list) => list.every((level, at) => at === 0 || level > list[at - 1]),
    "levels in ascending order",
  );

const criteria = z.array(criterionSchema).min(1).max(100)
  .refine(noneTwice(({ id }: { id: string }) => id), "criteria whose ids differ")
  .refine(
    noneTwice(({ category, code }: { category: string; code: string }) => `${category}\n${code}`),
    "criteria whose codes differ within a category",
  );

/** A rubric as a form, a file or a program sends it. */
export const rubricSchema = z.strictObject({
  slug: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower-case letters, digits and hyphens"),
  name: visible(80),
  levels: levels.default([0, 0.5, 1]),
  criteria,
  source: printable(0, 300).default(""),
});
export type RubricDraft = z.infer<typeof rubricSchema>;

export const promptSetSchema = z.strictObject({
  name: visible(80),
  prompts: z.array(z.strictObject({
    id: key,
    category: visible(60),
    text: longText(TEXT_LENGTH).min(1),
  })).min(1).max(5_000).refine(
    noneTwice(({ id }: { id: string }) => id),
    "prompts whose ids differ",
  ),
  source: printable(0, 300).default(""),
  licence: printable(0, 80).default(""),
});
/** The licence is left out where nobody said one. */
export type PromptSetDraft = z.input<typeof promptSetSchema>;

export const decodingSchema = z.strictObject({
  beams: z.int().min(1).max(64),
  sample: z.boolean(),
  minLength: z.int().min(0).nullable(),
  maxLength: z.int().min(1).nullable(),
  unit: z.enum(["tokens", "bytes"]),
  note: printable(0, 300).optional(),
});

export const labModelSchema = z.strictObject({
  name: visible(120),
  parameters: z.int().positive().nullable(),
  entryId: z.string().nullable(),
});

export const itemSchema = z.strictObject({
  model: visible(120),
  entryId: z.string().nullable().default(null),
  promptId: key,
  category: visible(60),
  prompt: longText(TEXT_LENGTH).min(1),
  completion: longText(TEXT_LENGTH),
});
export type ItemDraft = z.infer<typeof itemSchema>;

export const setSchema = z.strictObject({
  name: visible(80),
  rubricId: z.string(),
  promptSetId: z.string().nullable().default(null),
  models: z.array(labModelSchema).min(1).max(200)
    .refine(noneTwice(({ name }: { name: string }) => name), "models whose names differ"),
  decoding: decodingSchema.nullable().default(null),
  source: z.enum(["imported", "generated"]),
  sourceNote: printable(0, 300).default(""),
  items: z.array(itemSchema).min(1).max(MOST_ITEMS),
});
export type SetDraft = z.infer<typeof setSchema>;

/** One answer of a rater, as it is sent. Whether the value is a level is for the rubric to say. */
export const scoreEventSchema = z.strictObject({
  /** Random, made by the sender: the same event sent twice is kept once. */
  key: z.string().regex(/^[\w-]{8,64}$/, "8 to 64 letters, digits, hyphens or underscores"),
  itemId: z.string(),
  criterion: z.string(),
  round: z.int().min(0).max(99).default(0),
  value: z.number().nullable(),
  note: longText(NOTE_LENGTH).nullable().default(null),
  judgeShown: z.boolean().default(false),
});
export type ScoreEventDraft = z.infer<typeof scoreEventSchema>;

export const judgeTemplateSchema = z.strictObject({
  slug: rubricSchema.shape.slug,
  name: visible(80),
  text: longText(TEXT_LENGTH).min(1),
  source: printable(0, 300).default(""),
});
export type JudgeTemplateDraft = z.infer<typeof judgeTemplateSchema>;
