// Table types of entries and of what is measured of their weights.
// The migrations under migrations/ are their source of truth.

import type { ColumnType, Generated, Insertable, Selectable, Updateable } from "kysely";
import type { SecondaryFigure } from "../benchmarks/benchmark.ts";
import type { TrainedIn } from "../format/header.ts";
import type { Json, Timestamp } from "./columns.ts";

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

export interface EntryFailure {
  stage: string;
  reason: string;
  fix: string;
  /** The board is at fault, not the file: it counts against no quota. */
  ours?: boolean;
}

/** "held" waits for a moderator, "hidden" was taken off the board by one. */
export type Visibility = "public" | "held" | "hidden";

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
  /** Likewise. */
  trained_in: TrainedIn | null;
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
  /** The ticket that drew its seed for its account; null for a free seed. */
  ticket: string | null;
  /** The entry it goes on from, as its author says. */
  fork_of: string | null;
  /** The entry of the same author that it takes the place of. */
  revision_of: string | null;
  failure: Json<EntryFailure> | null;
  /** Of a guest's entry for a while: a keyed digest of the address it came from, for quotas only. */
  sender: string | null;
  /** SHA-256 of the key by which a guest may withdraw it. */
  withdrawal_digest: string | null;
  withdrawn_at: Timestamp | null;
  visibility: Generated<Visibility>;
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

export interface EntryTables {
  entry: EntryTable;
  score: ScoreTable;
  probe: ProbeTable;
  twin_seed: TwinSeedTable;
  twin_score: TwinScoreTable;
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
