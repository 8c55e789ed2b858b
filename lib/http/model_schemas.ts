// Models as the API answers them: scores, reports, files, fresh seeds.

import { z } from "zod";
import { PROBES } from "../benchmarks/probes.ts";
import { envelopeSchema } from "../verification/envelope_schema.ts";
import { VERDICTS } from "../verification/types.ts";
import { seedOriginSchema, spotCheckSchema } from "./provenance_schemas.ts";
import {
  benchmarkId,
  count,
  ENTRY_STATUSES,
  entryFailure,
  exactCount,
  instant,
  interval,
  nextPart,
  pathOn,
  provenance,
  sha256,
  supersededBy,
  trainedIn,
  unit,
  version,
  versions,
  visibility,
} from "./api_fields.ts";

const scoreFields = {
  benchmark: benchmarkId(),
  version: version(),
  score: z.number().nullable()
    .describe("Equal to the last bit wherever it is computed; null when incompatible."),
  interval: interval().nullable(),
  secondary: z.array(z.object({
    name: z.string(),
    value: z.number(),
    interval: interval(),
    unit: unit(),
  })).describe("Figures beside the score, never ranked."),
  incompatibleReason: z.string().nullable().describe("Why it has no score, or null."),
  engineDigest: z.string().describe("SHA-256 of the engine that computed it."),
  dataDigest: z.string().describe("SHA-256 of the benchmark's data."),
  wallMs: z.number().describe("How long scoring took, in ms."),
  examplesUrl: pathOn("the same score with its examples"),
};

const rankFields = {
  rank: z.number().nullable()
    .describe("On its board as it is; equal scores share one. Null where it has none."),
  rankedModels: z.number().nullable().describe("How many that board ranks, or null."),
};

export const scoreSchema = z.object({ ...scoreFields, ...rankFields })
  .meta({ id: "Score", description: "A model's score on one version of a benchmark." });

export const modelScoreSchema = z.object({
  entryId: z.string().describe("Id of the model."),
  ...scoreFields,
  unit: unit(),
  examples: z.array(z.object({
    index: count(),
    prompt: z.string(),
    expected: z.string().describe("Empty for likelihoods."),
    output: z.string(),
    value: z.number().describe("1 or 0 for exact match; mean nats per byte for likelihoods."),
    weight: z.number().describe("Bytes or trials behind the value; 0 counts for no score."),
    note: z.string().optional().describe("Why it came out so."),
  })),
}).meta({ id: "ModelScore", description: "A score with every example of it." });

export const probeSchema = z.object({
  probe: z.string().describe(`${PROBES.join(", ")}.`),
  passed: z.boolean(),
  detail: z.string().describe("What was found, in words."),
  engineDigest: z.string(),
}).meta({ id: "Probe", description: "A question every model has to answer before scores count." });

export const twinScoreSchema = z.object({
  benchmark: benchmarkId(),
  version: version(),
  period: z.string().describe("Quarter, such as 2026-Q4."),
  correct: count(),
  trials: count(),
  gap: z.number().describe("Public score minus that on the twin, in percentage points."),
  gapInterval: interval(),
  memorised: z.boolean().describe("The gap is beyond what chance does: no rank."),
}).meta({ id: "TwinScore", description: "A model on the sealed trials of one quarter." });

export const twinPeriodSchema = z.object({
  period: z.string().describe("Quarter, such as 2026-Q4."),
  commitment: sha256().describe('SHA-256 of "twin-seed/v1" and the 32 bytes of the seed.'),
  committedAt: instant(),
  seed: sha256().nullable().describe("The seed in hexadecimal; null while it is sealed."),
  revealedAt: instant().nullable(),
}).meta({ id: "TwinPeriod", description: "The sealed seed of a quarter." });

export const twinsSchema = z.object({
  periods: z.array(twinPeriodSchema).describe("The newest quarter first."),
});

const reportFields = {
  id: z.string(),
  entryId: z.string().describe("Id of the model."),
  verdict: z.enum(VERDICTS),
  firstDivergentStep: z.int().nullable()
    .describe("Last step of the first interval that differs, or null."),
  recipeHash: z.string().nullable().describe("SHA-256 of the canonical recipe."),
  statementDigest: sha256().describe("SHA-256 of the canonical statement."),
  createdAt: instant(),
  url: pathOn("its page"),
};

export const reportSummarySchema = z.object(reportFields)
  .meta({ id: "ReportSummary", description: "What a verification found, in short." });

export const reportSchema = z.object({
  ...reportFields,
  statement: z.unknown().describe("The in-toto Statement v1 as it was hashed."),
  envelope: envelopeSchema.nullable()
    .describe("The statement, signed; null for reports from before reports were signed."),
}).meta({ id: "Report", description: "A verification with its whole statement." });

export const reportsSchema = z.object({
  reports: z.array(reportSummarySchema).describe("The newest first."),
  next: nextPart(),
});

export const modelsSchema = z.object({
  models: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      author: z.string(),
      status: z.enum(ENTRY_STATUSES),
      provenance: provenance(),
      fileDigest: sha256().describe("SHA-256 of the file."),
      createdAt: instant(),
      url: pathOn("its page"),
    }).meta({ id: "ModelSummary", description: "A model in the list of all." }),
  ).describe("By id."),
  next: nextPart(),
});

export const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  blurb: z.string().describe("What the author says of it."),
  status: z.enum(ENTRY_STATUSES),
  provenance: provenance(),
  exactCount: exactCount(),
  modelDigest: z.string().nullable().describe("SHA-256 of shape and weights."),
  file: pathOn("the .tinygpt file").nullable().describe("Path of the file; null when withdrawn."),
  fileDigest: sha256().describe("SHA-256 of the file."),
  parameters: count().nullable().describe("Number of weights; null until the file is read."),
  trainingFlops: z.number().nullable().describe("Follows from the recipe."),
  trainingTokens: z.number().nullable().describe("Follows from the recipe."),
  selfReportedMs: z.number().nullable().describe("Training time in ms, as the author says."),
  trainedIn: trainedIn(),
  dtype: z.string().nullable().describe("How the file holds weights: fp32, fp16 or int4."),
  config: z.unknown().describe("Shape of the model, as the header says."),
  recipeHash: z.string().nullable().describe("SHA-256 of the canonical recipe."),
  recipe: z.unknown().describe("The recipe as the header declares it, or null."),
  seedOrigin: seedOriginSchema.nullable().describe("Null without a recipe."),
  chain: z.unknown().describe("Hashes of the checkpoints as the header declares them, or null."),
  duplicateOf: z.string().nullable()
    .describe("Id of the model of the same training that holds the rank, or null."),
  forkOf: z.string().nullable().describe("Id of the model it goes on from, or null."),
  forks: z.array(z.string()).describe("Ids of models that go on from it, the newest first."),
  versions: versions(),
  supersededBy: supersededBy(),
  withdrawnAt: instant().nullable().describe("When its author took it back, or null."),
  failure: entryFailure().nullable().describe("Why it could not be scored, or null."),
  visibility: visibility(),
  createdAt: instant(),
  scores: z.array(scoreSchema),
  probes: z.array(probeSchema),
  twins: z.array(twinScoreSchema),
  reports: z.array(reportSummarySchema),
  spotCheck: spotCheckSchema.nullable()
    .describe("Of a run over the budget of replays: the newest, or null."),
}).meta({ id: "Model", description: "All that is known of a model." });

export const seedAuditSchema = z.object({
  id: z.string(),
  entryId: z.string(),
  state: z.enum(["open", "done", "failed"]),
  reason: z.string().nullable().describe("Why it failed."),
  createdAt: instant(),
  statement: z.looseObject({}).nullable()
    .describe("in-toto: the nonce, its seeds, every run, and each score with mean and spread."),
  envelope: envelopeSchema.nullable().describe("The statement, signed."),
}).meta({ id: "SeedAudit", description: "A recipe trained from seeds that nobody chose." });

export const engineSchema = z.object({
  sha256: sha256(),
  byteLength: count(),
  keptSince: instant(),
  lastStarted: instant().describe("When a server last started with it."),
  conforming: z.boolean().describe("Known to give the bits of exact/1."),
  file: z.string().describe("Where its WebAssembly is."),
}).meta({ id: "Engine", description: "An engine that this board has run." });

export const modelsFoundSchema = z.object({
  models: z.array(z.object({ id: z.string(), name: z.string(), author: z.string() }))
    .describe("The newest first, 20 at most."),
});
