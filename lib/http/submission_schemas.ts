// What becomes of what was sent, as the API answers it: models, uploads, corpora.

import { z } from "zod";
import { scanReportSchema } from "../corpora/contamination/report.ts";
import { spotCheckSchema } from "./provenance_schemas.ts";
import {
  benchmarkId,
  count,
  ENTRY_STATUSES,
  entryFailure,
  exactCount,
  failure,
  instant,
  JOB_KINDS,
  JOB_STATES,
  pathOn,
  provenance,
  REPLAY_TASKS,
  sha256,
  supersededBy,
  unit,
  version,
  visibility,
} from "./api_fields.ts";

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
    rank: z.object({ rank: z.number(), of: z.number() }).nullable()
      .describe("On its board as it is, of so many models; null where it has none."),
  })).describe("Once it is scored."),
  forkOf: relativeSchema.nullable().describe("The model it goes on from, or null."),
  versions: z.array(relativeSchema)
    .describe("All its versions, the oldest first; empty without others."),
  supersededBy: supersededBy(),
  spotCheck: spotCheckSchema.nullable().describe("The newest, or null."),
  visibility: visibility(),
  jobs: z.array(jobSchema).describe("The oldest first."),
  active: z.boolean().describe("A job is waiting or running."),
  finished: z.boolean().describe("Nothing more will change by itself."),
}).meta({ id: "Status", description: "How far a submission is." });

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
