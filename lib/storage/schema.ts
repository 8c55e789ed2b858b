// Table types for Kysely. The migrations under migrations/ are their source of truth.

import type { ColumnType, Generated, Insertable, Selectable, Updateable } from "kysely";
import type { SecondaryFigure } from "../benchmarks/benchmark.ts";

/** Set by the database unless given. */
type Timestamp = ColumnType<Date, Date | string | undefined, Date | string>;
/** jsonb: read as a value, written as the text of json.ts. */
type Json<T> = ColumnType<T, string, string>;

/** A content-addressed file: bytes live in the blob store under `digest`. */
export interface BlobTable {
  digest: string;
  byte_length: number;
  created_at: Timestamp;
}

export type EntryStatus = "received" | "checking" | "scoring" | "scored" | "failed" | "withdrawn";
export type ProvenanceState =
  | "pending"
  | "exact"
  | "sampled"
  | "mismatch"
  | "engine-divergent"
  | "not-reproducible"
  | "external"
  | "rejected";

/** A submitted model file. Facts read from the file are null until the check has run. */
export interface EntryTable {
  /** Short random id, part of URLs. */
  id: string;
  name: string;
  author: string;
  blurb: string;
  featured: Generated<boolean>;
  /** Seeded from data/gallery rather than submitted. */
  gallery: Generated<boolean>;
  status: Generated<EntryStatus>;
  provenance: Generated<ProvenanceState>;
  /** Independent runtimes that agree when `exact`. */
  exact_count: Generated<number>;
  file_digest: string;
  file_name: string;
  model_digest: string | null;
  /** Digest of the weights an exact replay ended in, before packing; null until then. */
  trained_digest: string | null;
  parameters: number | null;
  training_flops: number | null;
  training_tokens: number | null;
  /** From the file header, labelled self-reported wherever shown. */
  self_reported_ms: number | null;
  recipe_hash: string | null;
  /** The whole recipe, chain and config as read from the header. */
  recipe: Json<unknown> | null;
  chain: Json<unknown> | null;
  config: Json<unknown> | null;
  samples: Json<unknown> | null;
  loss_history: Json<unknown> | null;
  dtype: string | null;
  /** The entry of the same training that holds the rank, when this one does not. */
  duplicate_of: string | null;
  /** Whose it is; null when a guest or the gallery sent it. */
  account_id: string | null;
  /** The entry it goes on from, as its author says. */
  fork_of: string | null;
  /** The entry of the same author that it takes the place of. */
  revision_of: string | null;
  failure: Json<{ stage: string; reason: string; fix: string }> | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Keyed by (model digest, benchmark, version): a score belongs to weights, not to an entry. */
export interface ScoreTable {
  model_digest: string;
  benchmark: string;
  version: number;
  /** binary64, equal to the bit wherever it is computed. Null when incompatible. */
  score: number | null;
  interval_low: number | null;
  interval_high: number | null;
  /** Figures beside the score, never ranked. */
  secondary: ColumnType<SecondaryFigure[], string | undefined, string>;
  incompatible_reason: string | null;
  examples: Json<unknown>;
  engine_digest: string;
  data_digest: string;
  wall_ms: number;
  created_at: Timestamp;
}

/** What a probe (lib/benchmarks/probes.ts) found; keyed by (model digest, probe). */
export interface ProbeTable {
  model_digest: string;
  probe: string;
  passed: boolean;
  /** In words for people. */
  detail: string;
  engine_digest: string;
  created_at: Timestamp;
}

/** The seed of a quarter's sealed twins. Until `revealed_at` it must reach no page, log or dump. */
export interface TwinSeedTable {
  /** "2026-Q4" */
  period: string;
  /** SHA-256("twin-seed/v1" | seed), in the ledger before the seed is used. */
  commitment: string;
  /** 32 bytes, hexadecimal. */
  seed: string;
  committed_at: Timestamp;
  revealed_at: Date | null;
  created_at: Timestamp;
}

/** A model on the sealed trials of one quarter, and how far its public score is above. */
export interface TwinScoreTable {
  model_digest: string;
  benchmark: string;
  version: number;
  period: string;
  correct: number;
  trials: number;
  /** Percentage points, with the 95 % interval. */
  gap: number;
  gap_low: number;
  gap_high: number;
  /** The gap is beyond what chance does: no rank on this benchmark. */
  memorised: boolean;
  engine_digest: string;
  created_at: Timestamp;
}

export type JobKind = "score" | "verify";
export type JobState = "queued" | "running" | "retrying" | "done" | "failed" | "cancelled";

/** What people see of a job; pg-boss keeps the delivery. */
export interface JobTable {
  id: string;
  kind: JobKind;
  entry_id: string;
  state: Generated<JobState>;
  /** Words for people: "queued", "reading file", "scoring sort-6", … */
  stage: Generated<string>;
  /** 0..1 */
  progress: Generated<number>;
  eta_ms: number | null;
  attempts: Generated<number>;
  /** Waiting jobs of a kind run highest first, then oldest. */
  priority: Generated<number>;
  log: Generated<string>;
  error: Json<{ stage: string; reason: string; fix: string }> | null;
  created_at: Timestamp;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  updated_at: Timestamp;
}

export interface ReportTable {
  id: string;
  entry_id: string;
  verdict: string;
  first_divergent_step: number | null;
  recipe_hash: string | null;
  /** in-toto Statement v1. */
  statement: Json<unknown>;
  /** SHA-256 of the canonical statement. */
  statement_digest: string;
  created_at: Timestamp;
}

/** Append-only: hash = SHA256("ledger/v1" | prev_hash | canonical JSON of seq, at, kind, payload). */
export interface LedgerTable {
  seq: number;
  at: string;
  kind: string;
  /** Canonical JSON text, hashed as stored. */
  payload: string;
  prev_hash: string;
  hash: string;
}

/** A corpus somebody uploaded; its bytes are a blob. Registered corpora have no row. */
export interface CorpusTable {
  sha256: string;
  name: string;
  author: string;
  /** SPDX identifier, or "other". */
  licence: string;
  licence_note: string;
  source: string;
  byte_length: number;
  /** How it begins, decoded. */
  preview: string;
  scan_attempts: Generated<number>;
  /** Why the last attempt gave no report, or null. */
  scan_failure: string | null;
  created_at: Timestamp;
}

/** The newest scan of a corpus, registered or uploaded. */
export interface ScanTable {
  corpus: string;
  /** What it was searched for, and by which rules: see scanScope. */
  scope: string;
  report: Json<unknown>;
  created_at: Timestamp;
}

/** Bytes [start_byte, end_byte) of a corpus hold evaluation text of a benchmark. */
export interface ContaminationTable {
  corpus: string;
  start_byte: number;
  end_byte: number;
  benchmark: string;
  version: number;
}

/** An entry was made with bytes [start_byte, end_byte) of a corpus. */
export interface CorpusUseTable {
  entry_id: string;
  corpus: string;
  start_byte: number;
  end_byte: number;
}

/** A model on the sealed trials of one quarter, as boards show it. */
export interface TwinOnBoard {
  period: string;
  correct: number;
  trials: number;
  /** Public score − that on the twin, in percentage points, with its 95 % interval. */
  gap: number;
  gapLow: number;
  gapHigh: number;
}

/**
 * A row of a board: what triggers keep equal to the view `standing_now`, where each column is
 * defined. Read only: nothing but `refresh_standings` writes it.
 */
export interface StandingTable {
  entry_id: string;
  benchmark: string;
  version: number;
  model_digest: string;
  name: string;
  author: string;
  provenance: ProvenanceState;
  exact_count: number;
  featured: boolean;
  parameters: number;
  training_flops: number | null;
  training_tokens: number | null;
  self_reported_ms: number | null;
  created_at: Date;
  /** Microseconds since 1970. */
  created_us: number;
  score: number | null;
  interval_low: number | null;
  interval_high: number | null;
  incompatible_reason: string | null;
  twin: TwinOnBoard | null;
  memorised: boolean;
  contaminated_by: string | null;
  unscanned_corpus: string | null;
  ranked: boolean;
  /** The score, with the sign that puts the best first. */
  best_first: number;
  worst_first: number;
  by_flops: number;
  by_flops_reversed: number;
  by_gain_per_parameter: number;
  by_gain_per_flop: number;
  by_gain_per_flop_reversed: number;
  /** False once the view has no such row any more. */
  listed: boolean;
  /** Id of the transaction that wrote the row. */
  changed: number;
}

/** Tie groups of a board, made for the standings of this digest. */
export interface TieGroupsTable {
  benchmark: string;
  version: number;
  standings: string;
  groups: Json<{ from: number; to: number }[]>;
  /** Model, leader, tied: what was compared for these standings. */
  verdicts: Json<[string, string, boolean][]>;
}

export interface Database {
  blob: BlobTable;
  entry: EntryTable;
  score: ScoreTable;
  probe: ProbeTable;
  twin_seed: TwinSeedTable;
  twin_score: TwinScoreTable;
  job: JobTable;
  report: ReportTable;
  ledger: LedgerTable;
  corpus: CorpusTable;
  scan: ScanTable;
  contamination: ContaminationTable;
  corpus_use: CorpusUseTable;
  standing: StandingTable;
  tie_groups: TieGroupsTable;
}

export type Entry = Selectable<EntryTable>;
export type NewEntry = Insertable<EntryTable>;
export type EntryUpdate = Updateable<EntryTable>;
export type Score = Selectable<ScoreTable>;
export type ScoreSummary = Omit<Score, "examples">;
export type NewScore = Insertable<ScoreTable>;
export type ProbeRow = Selectable<ProbeTable>;
export type NewProbe = Insertable<ProbeTable>;
export type TwinScore = Selectable<TwinScoreTable>;
export type CorpusRow = Selectable<CorpusTable>;
export type Job = Selectable<JobTable>;
export type Report = Selectable<ReportTable>;
export type LedgerEvent = Selectable<LedgerTable>;
