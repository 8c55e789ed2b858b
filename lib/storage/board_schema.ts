// Table types of boards. The migrations under migrations/ are their source of truth.

import type { TrainedIn } from "../format/header.ts";
import type { Json } from "./columns.ts";
import type { EntryTable, ProvenanceState } from "./entry_schema.ts";

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

/** The view of the entries that boards list; see migrations/2026_11_27_standings.ts. */
export interface ListedEntryView extends
  Pick<
    EntryTable,
    | "id"
    | "model_digest"
    | "name"
    | "author"
    | "provenance"
    | "exact_count"
    | "featured"
    | "parameters"
    | "training_flops"
    | "training_tokens"
    | "self_reported_ms"
    | "created_at"
  > {
  may_rank: boolean;
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
  /** Taken by its account for its recipe; null for a free seed. */
  tickets: number | null;
  trained_in: TrainedIn | null;
  ranked: boolean;
  /** The score, with the sign that puts the best first. */
  best_first: number;
  worst_first: number;
  by_flops: number;
  by_flops_reversed: number;
  by_gain_per_parameter: number;
  by_gain_per_flop: number;
  by_gain_per_flop_reversed: number;
  by_name: string;
  by_time: number;
  by_time_reversed: number;
  by_proof: number;
  by_seed: number;
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

export interface BoardTables {
  listed_entry: ListedEntryView;
  standing: StandingTable;
  tie_groups: TieGroupsTable;
}
