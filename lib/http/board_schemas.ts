// Boards as the API answers them: benchmarks, rows, comparisons, where a score would stand.

import { z } from "zod";
import {
  benchmarkId,
  count,
  exactCount,
  instant,
  interval,
  nextPart,
  pathOn,
  provenance,
  replayedSegments,
  segments,
  sha256,
  trainedIn,
  unit,
  version,
} from "./api_fields.ts";

export const benchmarkSchema = z.object({
  id: benchmarkId(),
  version: version(),
  ranked: z.boolean().describe("Only ranked versions have a board."),
  name: z.string(),
  description: z.string(),
  lowerIsBetter: z.boolean(),
  unit: unit(),
  dataDigest: sha256().describe("SHA-256 of its data."),
}).meta({ id: "Benchmark", description: "A benchmark in one version." });

export const boardRowSchema = z.object({
  rank: z.int().min(1).nullable().describe("Equal scores share a rank; null without one."),
  tie: z.object({ from: z.int(), to: z.int() }).nullable()
    .describe("The places it shares with models that are not significantly better or worse."),
  entryId: z.string().describe("Id of the model."),
  modelDigest: z.string().nullable().describe("SHA-256 of shape and weights."),
  name: z.string(),
  author: z.string(),
  parameters: count().describe("Number of weights."),
  score: z.number().nullable().describe("In the unit of the benchmark; null when incompatible."),
  intervalLow: z.number().nullable().describe("Lower end of the 95 % interval."),
  intervalHigh: z.number().nullable().describe("Upper end of the 95 % interval."),
  trainingFlops: z.number().nullable().describe("Follows from the recipe."),
  trainingTokens: z.number().nullable().describe("Follows from the recipe."),
  selfReportedMs: z.number().nullable().describe("Training time in ms, as the author says."),
  trainedIn: trainedIn(),
  scorePerMillionParameters: z.number().nullable()
    .describe("Percent, or bits saved a byte for perplexities, per million parameters."),
  scorePerTeraflop: z.number().nullable().describe("The same per 10^12 training FLOPs."),
  provenance: provenance(),
  exactCount: exactCount(),
  replayedSegments: replayedSegments(),
  segments: segments(),
  featured: z.boolean(),
  createdAt: instant(),
  incompatibleReason: z.string().nullable().describe("Why it has no score, or null."),
  twin: z.object({
    period: z.string().describe("Quarter, such as 2026-Q4."),
    correct: count(),
    trials: count(),
    gap: z.number().describe("Public score minus that on the twin, in percentage points."),
    gapLow: z.number().describe("Lower end of the 95 % interval."),
    gapHigh: z.number().describe("Upper end of the 95 % interval."),
  }).nullable().describe("On the newest sealed twin it has met; null for other tasks."),
  memorised: z.boolean()
    .describe("Beyond chance worse on some sealed twin than on the public trials: no rank."),
  contaminatedBy: z.string().nullable()
    .describe("SHA-256 of a corpus it was made with that holds evaluation text, or null."),
  unscannedCorpus: z.string().nullable()
    .describe("SHA-256 of a corpus it was made with that is not scanned yet, or null."),
  tickets: z.int().min(1).nullable()
    .describe("Seeds its account had drawn for its recipe; null for a free seed or no recipe."),
  url: pathOn("its page"),
}).meta({ id: "BoardRow", description: "A model on a board." });

export const boardSchema = z.object({
  benchmark: benchmarkSchema,
  pageSize: z.int().min(1),
  total: count().describe("Ranked models of the whole board."),
  matching: count().describe("Those of them that pass the filters."),
  place: z.int().min(1).nullable()
    .describe("Place of the first row on the whole board; null when filtered or sorted."),
  previous: z.string().nullable().describe("Path of the page before; null on the first."),
  next: nextPart(),
  rows: z.array(boardRowSchema).describe("The ranked models of this page, in its order."),
  unranked: z.array(boardRowSchema)
    .describe("Scored, but not ranked; the newest first. With the first page only."),
  baselines: z.array(z.object({
    name: z.string(),
    text: z.string().nullable().describe("What the n-grams were counted in; null for chance."),
    score: z.number(),
    interval: interval().nullable(),
    ahead: count().describe("Ranked models with a score at least as good."),
  })).optional().describe("Those that stand on this page; absent when filtered, sorted or off."),
}).meta({ id: "Board" });

export const overallRowSchema = z.object({
  rank: z.int().min(1).describe("Equal totals share a rank."),
  total: z.number().min(0).max(1).describe("Weighted mean of the shares; a missing one is 0."),
  entryId: z.string().describe("Id of the model."),
  modelDigest: z.string().nullable().describe("SHA-256 of shape and weights."),
  name: z.string(),
  author: z.string(),
  parameters: count().describe("Number of weights."),
  trainingFlops: z.number().nullable().describe("Follows from the recipe."),
  provenance: provenance(),
  exactCount: exactCount(),
  replayedSegments: replayedSegments(),
  segments: segments(),
  featured: z.boolean(),
  createdAt: instant(),
  scores: z.record(z.string(), z.number().nullable())
    .describe("By benchmark, in its unit; null where the model has no rank."),
  url: pathOn("its page"),
}).meta({ id: "OverallRow", description: "A model on the overall board." });

export const overallSchema = z.object({
  weights: z.record(z.string(), z.number()).describe("Weight of each benchmark."),
  pageSize: z.int().min(1),
  total: count().describe("Models with a rank on a benchmark that counts."),
  place: z.int().min(1).nullable().describe("Place of the first row, or null without rows."),
  previous: z.string().nullable().describe("Path of the page before; null on the first."),
  next: nextPart(),
  rows: z.array(overallRowSchema).describe("The models of this page, the best first."),
}).meta({ id: "Overall" });

const comparedFields = {
  difference: z.number().describe("A minus B."),
  interval: interval().describe("95 % interval of the difference, [low, high]."),
  better: z.enum(["a", "b"]).nullable().describe("Null when the gap is inside the noise: a tie."),
};

const comparedModelSchema = z.object({
  id: z.string(),
  name: z.string(),
  score: z.number().nullable(),
  interval: interval().nullable(),
}).meta({ id: "ComparedModel" });

export const comparisonSchema = z.object({
  benchmark: benchmarkSchema,
  a: comparedModelSchema,
  b: comparedModelSchema,
  comparison: z.discriminatedUnion("method", [
    z.object({
      method: z.literal("paired bootstrap"),
      unit: z.literal("nats per byte"),
      ...comparedFields,
      shareABetter: z.number().min(0).max(1)
        .describe("Share of resamples in which A has the lower mean."),
    }),
    z.object({
      method: z.literal("McNemar, exact"),
      unit: z.literal("percentage points"),
      ...comparedFields,
      counts: z.object({
        bothRight: count(),
        onlyA: count(),
        onlyB: count(),
        neither: count(),
      }),
      pValue: z.number().min(0).max(1),
    }),
  ]).nullable().describe("Null when the two cannot be compared."),
  reason: z.string().nullable().describe("Why they cannot be compared, or null."),
}).meta({ id: "Comparison", description: "Two models, example by example." });

export const wouldRankSchema = z.object({
  rank: z.int().min(1).describe("Equal scores share a rank."),
  sharedWith: count().describe("Ranked models that have this very score."),
  of: z.int().min(1).describe("Ranked models, and this one."),
  size: z.object({
    dominatedBy: count().describe(
      "Ranked models at least as good with at most as many weights, better in one of both; with 0 " +
        "it would be on the Pareto front.",
    ),
    threshold: z.number().nullable().describe("The hardest round score that it passes."),
    place: z.int().min(1).nullable().describe("By size, among the models that pass that."),
  }).nullable().describe("Null without the number of weights."),
}).meta({ id: "WouldRank", description: "Where a score would stand on the board as it is." });
