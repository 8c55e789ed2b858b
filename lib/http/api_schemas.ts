// The answers of the API, field by field: views.ts is typed by these, the document is made of them.

import { z } from "zod";
import { ROLES, SCOPES } from "../accounts/caller.ts";
import { GUEST_POLICIES } from "../accounts/sender.ts";
import { PROBES } from "../benchmarks/probes.ts";
import { UNITS } from "../benchmarks/benchmark.ts";
import { ACTS } from "../moderation/acts.ts";
import { scanReportSchema } from "../corpora/contamination/report.ts";
import type {
  EntryStatus,
  JobKind,
  JobState,
  ProvenanceState,
  Visibility,
} from "../storage/schema.ts";
import { seedOriginSchema } from "./provenance_schemas.ts";
import type { ReplayTask } from "../storage/replay_schema.ts";
import { envelopeSchema } from "../verification/envelope_schema.ts";
import { VERDICTS } from "../verification/types.ts";

const ENTRY_STATUSES = [
  "received",
  "checking",
  "scoring",
  "scored",
  "failed",
  "withdrawn",
] as const satisfies EntryStatus[];
const PROVENANCE_STATES = [
  "pending",
  "exact",
  "sampled",
  "mismatch",
  "engine-divergent",
  "not-reproducible",
  "external",
  "rejected",
] as const satisfies ProvenanceState[];
const VISIBILITIES = ["public", "held", "hidden"] as const satisfies Visibility[];
const JOB_KINDS = ["score", "verify"] as const satisfies JobKind[];
const REPLAY_TASKS = ["segments", "sample", "fresh-seeds"] as const satisfies ReplayTask[];
const JOB_STATES = [
  "queued",
  "running",
  "retrying",
  "done",
  "failed",
  "cancelled",
] as const satisfies JobState[];

const count = () => z.int().min(0);
const sha256 = () => z.string().regex(/^[0-9a-f]{64}$/);
const instant = () => z.iso.datetime();
const pathOn = (what: string) => z.string().describe(`Path on this server of ${what}.`);
const nextPart = () => z.string().nullable().describe("Path of the next part; null at the end.");
const interval = () => z.tuple([z.number(), z.number()]).describe("95 % interval, [low, high].");
const benchmarkId = () => z.string().describe("Id of the benchmark.");
const version = () => z.int().min(1).describe("Version of the benchmark.");
const unit = () => z.enum(UNITS).describe("Unit of the score.");
const provenance = () =>
  z.enum(PROVENANCE_STATES).describe("State of proof; the page How it works explains each.");
const exactCount = () => count().describe("Independent runtimes that agree when exact.");
const visibility = () =>
  z.enum(VISIBILITIES).describe("On the board, in the holding area, or hidden by a moderator.");
const failure = () => z.object({ stage: z.string(), reason: z.string(), fix: z.string() });
const entryFailure = () =>
  failure().extend({
    ours: z.boolean().describe("The board is at fault: it counts against no quota."),
  });
const versions = () =>
  z.array(z.string()).describe("Ids of all its versions, the oldest first; empty without others.");
const supersededBy = () =>
  z.string().nullable().describe("Id of the newer version that takes its place, or null.");

export const errorSchema = z.object({
  error: z.object({
    status: z.int().describe("The HTTP status once more."),
    message: z.string(),
    expected: z.string().optional(),
    got: z.string().optional(),
    fix: z.string().optional().describe("What to do about it."),
    path: z.string().optional().describe("The parameter or field that is wrong."),
    offset: z.int().optional().describe("The byte of the file that is wrong."),
    requestId: z.string().optional().describe("What the server's log knows the request by."),
  }),
}).meta({ id: "Error", description: "Why there is no answer, and what to do." });

export const callerSchema = z.object({
  account: z.object({
    id: z.string(),
    name: z.string().describe("Shown as the author of its models."),
    role: z.enum(ROLES),
  }).nullable().describe("Null for a guest."),
  scopes: z.array(z.enum(SCOPES)).nullable().describe("Of the API key; null without one."),
  guests: z.enum(GUEST_POLICIES)
    .describe("Where submissions of guests go: on the board, to the holding area (hold), nowhere."),
}).meta({ id: "Caller", description: "Who the server takes you for." });

export const decisionSchema = z.object({
  id: z.string(),
  act: z.enum(ACTS),
  entryId: z.string().nullable().describe("Id of the model it is about, or null."),
  entryName: z.string().nullable().describe("Its name; null when it is hidden."),
  accountId: z.string().nullable().describe("Id of the account it is about, or null."),
  setId: z.string().nullable().describe("Id of the set of the lab it is about, or null."),
  setName: z.string().nullable().describe("Its name; null when it is hidden."),
  raterId: z.string().nullable().describe("Whose scores on that set it is about, or null."),
  author: z.string().nullable().describe("Name of that account, or what guests called themselves."),
  reason: z.string(),
  moderator: z.string().describe("Name of the moderator at that time."),
  ledgerSeq: z.int().describe("The seq of its event in the ledger."),
  createdAt: instant(),
  url: pathOn("the decision"),
}).meta({ id: "Decision", description: "What a moderator decided, and why." });

export const decisionsSchema = z.object({
  decisions: z.array(decisionSchema).describe("Newest first, 100 at most."),
});

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
  scorePerMillionParameters: z.number().nullable()
    .describe("Percent, or bits saved a byte for perplexities, per million parameters."),
  scorePerTeraflop: z.number().nullable().describe("The same per 10^12 training FLOPs."),
  provenance: provenance(),
  exactCount: exactCount(),
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

export const scoreSchema = z.object(scoreFields)
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
}).meta({ id: "Model", description: "All that is known of a model." });

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

const jobSchema = z.object({
  id: z.string(),
  kind: z.enum(JOB_KINDS),
  task: z.enum(REPLAY_TASKS).nullable().describe("Of a part of a replay, else null."),
  part: count().nullable().describe("Its number, from 0."),
  parts: count().nullable().describe("How many there are."),
  state: z.enum(JOB_STATES),
  stage: z.string().describe("What it is at, in words."),
  progress: z.number().min(0).max(1),
  etaMs: z.number().nullable().describe("Expected time until it is done, in ms."),
  attempts: count(),
  jobsAhead: count().nullable().describe("Jobs before it while it waits, else null."),
  log: z.string(),
  error: failure().nullable(),
}).meta({ id: "Job", description: "A scoring or a replay." });

const relativeSchema = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  withdrawn: z.boolean(),
}).meta({ id: "Relative", description: "A model that another one names." });

export const statusSchema = z.object({
  id: z.string(),
  name: z.string(),
  author: z.string(),
  status: z.enum(ENTRY_STATUSES),
  provenance: provenance(),
  exactCount: exactCount(),
  fileDigest: sha256().describe("SHA-256 of the file."),
  duplicateOf: z.string().nullable(),
  failure: entryFailure().nullable(),
  withdrawnAt: instant().nullable().describe("When its author took it back, or null."),
  scores: z.array(z.object({
    id: benchmarkId(),
    version: version(),
    name: z.string(),
    unit: unit(),
    score: z.number().nullable(),
  })).describe("Once it is scored."),
  forkOf: relativeSchema.nullable().describe("The model it goes on from, or null."),
  versions: z.array(relativeSchema)
    .describe("All its versions, the oldest first; empty without others."),
  supersededBy: supersededBy(),
  visibility: visibility(),
  jobs: z.array(jobSchema).describe("The oldest first."),
  active: z.boolean().describe("A job is waiting or running."),
  finished: z.boolean().describe("Nothing more will change by itself."),
}).meta({ id: "Status", description: "How far a submission is." });

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

export const modelsFoundSchema = z.object({
  models: z.array(z.object({ id: z.string(), name: z.string(), author: z.string() }))
    .describe("The newest first, 20 at most."),
});

export const uploadSchema = z.object({
  id: z.string(),
  fileName: z.string(),
  sha256: sha256().describe("Of the whole file, as announced."),
  byteLength: count().describe("Of the whole file, as announced."),
  offset: count().describe("Bytes that have arrived."),
  expiresAt: instant().describe("It is thrown away then unless more of it arrives."),
  submission: z.string().nullable().describe("Id of the model it became, or null."),
}).meta({ id: "Upload", description: "A file that arrives in parts." });

export const submittedSchema = z.object({
  id: z.string().describe("Id of the model."),
  status: pathOn("its status page"),
  model: pathOn("its page"),
  withdraw: pathOn("the page on which to take it back")
    .optional().describe("Path of the page on which a guest may take it back; given once."),
}).meta({ id: "Submitted" });

export const ledgerEventSchema = z.object({
  seq: z.int().min(1),
  at: instant(),
  kind: z.string(),
  payload: z.string().describe("Canonical JSON, the very text that was hashed."),
  prevHash: sha256().describe("Hash of the event before; zeros for the first."),
  hash: sha256().describe(
    'SHA-256 of "ledger/v1", prevHash and the canonical JSON of seq, at, kind and payload.',
  ),
}).meta({ id: "LedgerEvent", description: "One event, hashed together with the one before." });

export const ledgerSchema = z.object({
  events: z.array(ledgerEventSchema).describe("The newest first."),
  next: nextPart(),
});

const corpusFields = {
  id: z.string().describe("A registered name, or the SHA-256 of an uploaded one."),
  sha256: sha256(),
  name: z.string(),
  registered: z.boolean(),
  author: z.string().nullable().describe("Who sent it; null for registered ones."),
  licence: z.string(),
  source: z.string(),
  byteLength: count(),
  trainRange: z.tuple([count(), count()]).readonly().describe("Bytes recipes train on."),
  file: pathOn("its text"),
  scan: scanReportSchema.nullable().describe("The newest search for evaluation text, or null."),
  scanFailure: z.string().nullable().describe("Why there is no newer scan, or null."),
  models: count().describe("Scored models made with it."),
  createdAt: instant().nullable().describe("Null for registered ones."),
  url: pathOn("its page"),
};

export const corpusSchema = z.object(corpusFields)
  .meta({ id: "Corpus", description: "A text that recipes may train on." });

export const corporaSchema = z.object({
  corpora: z.array(corpusSchema).describe("Registered ones, then uploaded ones, newest first."),
});

export const corpusPageSchema = z.object({
  ...corpusFields,
  preview: z.string().nullable().describe("How it begins; null for registered ones."),
  models: z.array(z.string()).describe("Ids of scored models made with it, the newest first."),
}).meta({ id: "CorpusWithModels" });

export const uploadedCorpusSchema = z.object({
  id: sha256(),
  page: pathOn("its page"),
}).meta({ id: "UploadedCorpus" });
