// Table types for Kysely. The migrations under migrations/ are their source of truth.

import type { ColumnType, Generated, Insertable, Selectable, Updateable } from "kysely";
import type { SecondaryFigure } from "../benchmarks/benchmark.ts";
import type { TrainedIn } from "../format/header.ts";
import type { Envelope } from "../verification/dsse.ts";
import type { AccountTables } from "./account_schema.ts";
import type { LabTables } from "./lab_schema.ts";
import type { ModerationTables } from "./moderation_schema.ts";
import type { ReplayTables, ReplayTask } from "./replay_schema.ts";

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

export type JobKind = "score" | "verify" | "generate";
export type JobState = "queued" | "running" | "retrying" | "done" | "failed" | "cancelled";

/** A worker in its own words. */
export interface WorkerDescription {
  name: string;
  runtime: string;
  isa: string;
  threads: number;
  /** Instruction set of its native kernels, where it is to use them. */
  native: string | null;
}

/** A file of a job's folder. */
export interface JobFile {
  /** Below the folder. */
  path: string;
  sha256: string;
  byteLength: number;
}

/** What a job's result is held against. No secret is in here. */
export interface Assignment {
  files: JobFile[];
  benchmarks: { id: string; version: number }[];
  twinPeriod: string | null;
  /** Leaves whose states may be handed over, and the size of the largest. */
  keep?: { leaves: number[]; maxBytes: number };
  /** From which it is to train instead of the recipe's own. */
  seed?: number;
  /** The leaves between which it is to run. */
  segment?: { from: number; to: number };
  /** Ids of the prompts it is to complete. */
  prompts?: string[];
  /** A failure of this attempt is final. */
  last: boolean;
}

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
  /** Number of the delivery that is worked on: an older one has lost its lease. */
  fence: number | null;
  /** Account whose worker holds the job, or held it last. */
  holder: string | null;
  /** What that worker says of itself. */
  worker: Json<WorkerDescription> | null;
  /** What it was given; null until the job is taken. */
  assignment: Json<Assignment> | null;
  /** When the present attempt began. */
  attempt_at: Timestamp | null;
  /** Set when nobody could finish the job; "open" until an admin decides. */
  dead: "open" | "retried" | "discarded" | null;
  /** Of a part of a replay, with its number (from 0) and how many there are; else null. */
  replay_id: string | null;
  task: ReplayTask | null;
  part: number | null;
  parts: number | null;
  /** Share of the run's training that it does; null for all of it. */
  share: number | null;
  /** The set of the lab that it generates; else null. */
  lab_order_id: string | null;
  created_at: Timestamp;
  started_at: Timestamp | null;
  finished_at: Timestamp | null;
  updated_at: Timestamp;
}

/** Work done once in a period, by whichever server comes first. */
export interface CronTable {
  name: string;
  ran_at: Timestamp;
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
  /** The statement in a signed DSSE envelope; null for reports from before reports were signed. */
  envelope: Json<Envelope> | null;
  created_at: Timestamp;
}

/** A seed that the board drew for an account's recipe after that was fixed. */
export interface TicketTable {
  id: string;
  account_id: string;
  /** SHA-256 of the canonical recipe without its seed. */
  commitment: string;
  /** 32 bytes, hexadecimal. */
  nonce: string;
  seed: number;
  created_at: Timestamp;
}

/** What a visitor is to answer for, drawn before the replay began. */
export interface ConfirmationChallengeTable {
  /** 32 bytes, hexadecimal. */
  nonce: string;
  entry_id: string;
  expires_at: Date;
  used: Generated<boolean>;
  /** The segment that is to be replayed; null for the whole run. */
  from_leaf: number | null;
  to_leaf: number | null;
}

/** What a visitor's replay found; keyed by entry and key as well. */
export interface ConfirmationTable {
  id: string;
  entry_id: string;
  /** SHA-256 of the public key's 32 bytes. */
  keyid: string;
  /** Base64 of 32 bytes. */
  public_key: string;
  verdict: "exact" | "mismatch";
  first_divergent_step: number | null;
  /** As the visitor's browser declares it. */
  engine_family: string;
  isa: string;
  runtime: string;
  envelope: Json<Envelope>;
  /** It said something else than the board and had it look again. */
  asked_replay: Generated<boolean>;
  created_at: Timestamp;
}

/** Of a part of the run alone, from the state of one leaf to that of another. */
export interface SegmentConfirmationTable extends ConfirmationTable {
  from_leaf: number;
  to_leaf: number;
}

/** A key that signs reports. Its private half is a file of the server that made it. */
export interface SigningKeyTable {
  /** SHA-256 of the public key's 32 bytes. */
  keyid: string;
  /** Base64. */
  public_key: string;
  /** DSSE: the key, signed by itself and by the one before. */
  announcement: Json<Envelope>;
  created_at: Timestamp;
  retired_at: Date | null;
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

/** A file that arrives in parts, or has arrived; its bytes are with the server that takes them. */
export interface UploadTable {
  /** Long and random: who knows it may go on with the upload. */
  id: string;
  account_id: string | null;
  /** As of an entry. */
  sender: string | null;
  file_name: string;
  byte_length: number;
  /** Of the whole file, as declared. */
  sha256: string;
  /** What became of it. */
  entry_id: string | null;
  /** The entry of whose run it is to be a state; null for a submission. */
  state_of: string | null;
  created_at: Timestamp;
  expires_at: Timestamp;
}

/** Keys of this installation. None may reach a page, a log or a dump. */
export interface ServerSecretTable {
  name: string;
  value: string;
}

export interface Database extends AccountTables, LabTables, ModerationTables, ReplayTables {
  blob: BlobTable;
  entry: EntryTable;
  score: ScoreTable;
  probe: ProbeTable;
  twin_seed: TwinSeedTable;
  twin_score: TwinScoreTable;
  job: JobTable;
  cron: CronTable;
  report: ReportTable;
  signing_key: SigningKeyTable;
  confirmation: ConfirmationTable;
  segment_confirmation: SegmentConfirmationTable;
  confirmation_challenge: ConfirmationChallengeTable;
  ticket: TicketTable;
  ledger: LedgerTable;
  corpus: CorpusTable;
  scan: ScanTable;
  contamination: ContaminationTable;
  corpus_use: CorpusUseTable;
  listed_entry: ListedEntryView;
  standing: StandingTable;
  tie_groups: TieGroupsTable;
  upload: UploadTable;
  server_secret: ServerSecretTable;
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
export type ConfirmationRow = Selectable<ConfirmationTable>;
export type SegmentConfirmationRow = Selectable<SegmentConfirmationTable>;
export type TicketRow = Selectable<TicketTable>;
export type Upload = Selectable<UploadTable>;
export type Report = Selectable<ReportTable>;
export type LedgerEvent = Selectable<LedgerTable>;
