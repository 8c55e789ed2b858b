// What a scoring job hands back, checked before anything of it is stored.

import { z } from "zod";
import { UNITS } from "../benchmarks/benchmark.ts";
import { TRAINED_IN } from "../format/header.ts";
import { PROBES } from "../benchmarks/probes.ts";

const count = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/** Text out of a file nobody has vetted. */
const text = z.string().max(100_000);
const interval = z.tuple([z.number(), z.number()]);

export const scoreResultSchema = z.object({
  facts: z.object({
    modelDigest: digest,
    parameters: count,
    trainingFlops: z.number().min(0).nullable(),
    trainingTokens: z.number().min(0).nullable(),
    selfReportedMs: z.number().min(0).nullable(),
    // Workers that are older than the field leave it out.
    trainedIn: z.enum(TRAINED_IN).nullish(),
    recipeHash: digest.nullable(),
    recipe: z.unknown(),
    chain: z.unknown(),
    config: z.unknown(),
    dtype: z.string().max(20),
    lossHistory: z.array(z.union([
      z.object({ step: count, loss: z.number() }),
      z.object({ step: count, dev: z.number() }),
    ])).max(10_000).nullable(),
    samples: z.array(z.object({ prompt: text, text })).max(20),
  }),
  scores: z.array(z.object({
    benchmark: z.string().max(100),
    version: count,
    score: z.number().nullable(),
    interval: interval.nullable(),
    secondary: z.array(z.object({
      name: z.string().max(100),
      value: z.number(),
      interval,
      unit: z.enum(UNITS),
    })).max(20),
    incompatibleReason: z.string().max(1000).nullable(),
    examples: z.array(z.object({
      index: count,
      prompt: text,
      expected: text,
      output: text,
      value: z.number(),
      weight: z.number(),
      note: text.optional(),
    })).max(10_000),
    dataDigest: z.string().max(64),
    wallMs: z.number().min(0),
  })).max(100),
  probes: z.array(z.object({
    probe: z.enum(PROBES),
    passed: z.boolean(),
    detail: z.string().max(1000),
  })).max(PROBES.length),
  /** On the sealed twins of one quarter; null where no seed was given. */
  twins: z.object({
    period: z.string().regex(/^\d{4}-Q[1-4]$/),
    outcomes: z.array(z.object({
      benchmark: z.string().max(100),
      version: count,
      correct: count,
      trials: z.int().min(1),
    })).max(100),
  }).nullable(),
  engineDigest: digest,
});
export type ScoreJobResult = z.infer<typeof scoreResultSchema>;
