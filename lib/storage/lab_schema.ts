// Table types of the lab. The migrations under migrations/ are their source of truth.

import type { Generated, Insertable, Selectable } from "kysely";
import type { SearchOptions } from "../lab/generate/completions.ts";
import type {
  Criterion,
  Decoding,
  JudgeIdentity,
  LabModel,
  Prompt,
  SetSource,
} from "../lab/types.ts";
import type { Json, Timestamp } from "./columns.ts";

/** A version of a rubric; rows are never changed. */
export interface LabRubricTable {
  id: string;
  /** The same for all versions of it. */
  slug: string;
  version: number;
  name: string;
  /** Ascending. */
  levels: Json<number[]>;
  criteria: Json<Criterion[]>;
  source: string;
  account_id: string | null;
  created_at: Timestamp;
}

export interface LabPromptSetTable {
  id: string;
  name: string;
  prompts: Json<Prompt[]>;
  /** Where they are from, in words. */
  source: string;
  licence: Generated<string>;
  /** SHA-256 of the canonical prompts: the same ones are kept once. */
  digest: string;
  account_id: string | null;
  /** By a moderator. */
  hidden: Generated<boolean>;
  created_at: Timestamp;
}

export interface LabSetTable {
  id: string;
  name: string;
  rubric_id: string;
  prompt_set_id: string | null;
  models: Json<LabModel[]>;
  decoding: Json<Decoding> | null;
  source: SetSource;
  source_note: string;
  /** SHA-256 of what an import read: the same files are imported once. */
  import_digest: string | null;
  account_id: string | null;
  /** By a moderator. */
  hidden: Generated<boolean>;
  created_at: Timestamp;
}

export interface LabItemTable {
  id: string;
  set_id: string;
  model: string;
  entry_id: string | null;
  prompt_id: string;
  category: string;
  prompt: string;
  completion: string;
  position: number;
}

/** Who scores: of any set. */
export interface LabRaterTable {
  id: string;
  kind: "human" | "judge";
  name: string;
  account_id: string | null;
  /** SHA-256 of the secret by which a rater without an account goes on; null with an account. */
  token_digest: string | null;
  seed: number;
  judge: Json<JudgeIdentity> | null;
  created_at: Timestamp;
}

/** Append-only: the highest seq of (item, criterion, rater, round) counts; a null withdraws. */
export interface LabScoreTable {
  seq: Generated<number>;
  set_id: string;
  item_id: string;
  criterion: string;
  rater_id: string;
  round: Generated<number>;
  value: number | null;
  note: string | null;
  judge_shown: Generated<boolean>;
  /** Made by the sender: the same event sent twice is kept once. */
  event_key: string | null;
  at: Timestamp;
}

export interface LabJudgeTemplateTable {
  id: string;
  slug: string;
  version: number;
  name: string;
  text: string;
  source: string;
  account_id: string | null;
  created_at: Timestamp;
}

/** A judge going through a set; its scores are in lab_score. No key is in here. */
export interface LabJudgeRunTable {
  id: string;
  set_id: string;
  rater_id: string;
  template_id: string;
  /** Counts, tokens, cost, parse failures. */
  progress: Json<Record<string, unknown>>;
  account_id: string | null;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface LabReviewTable {
  id: string;
  set_id: string;
  item_id: string;
  criterion: string;
  /** Whose score it is about. */
  rater_id: string;
  reviewer_id: string;
  /** What the reviewer gave before the score was shown; null where it was shown from the start. */
  blind_value: number | null;
  agree: boolean | null;
  comment: string;
  created_at: Timestamp;
}

/** A set that somebody has the server generate: its jobs bear this id. */
export interface LabOrderTable {
  id: string;
  entry_id: string;
  prompt_set_id: string;
  rubric_id: string;
  /** A set that the model is to join. */
  into_set: string | null;
  /** What the set is to be called; may be empty. */
  name: string;
  /** What the model is to be called in it. */
  model: string;
  search: Json<SearchOptions>;
  /** FLOPs, about. */
  work: number;
  account_id: string;
  /** What came of it. */
  set_id: string | null;
  created_at: Timestamp;
}

/** A completion that a job has handed over: another attempt need not make it again. */
export interface LabOrderTextTable {
  order_id: string;
  prompt_id: string;
  text: string;
}

/** Scores of a rater on a set that a moderator has hidden. */
export interface LabHiddenRatingTable {
  set_id: string;
  rater_id: string;
}

export interface LabTables {
  lab_order: LabOrderTable;
  lab_order_text: LabOrderTextTable;
  lab_hidden_rating: LabHiddenRatingTable;
  lab_rubric: LabRubricTable;
  lab_prompt_set: LabPromptSetTable;
  lab_set: LabSetTable;
  lab_item: LabItemTable;
  lab_rater: LabRaterTable;
  lab_score: LabScoreTable;
  lab_judge_template: LabJudgeTemplateTable;
  lab_judge_run: LabJudgeRunTable;
  lab_review: LabReviewTable;
}

export type LabRubricRow = Selectable<LabRubricTable>;
export type LabSetRow = Selectable<LabSetTable>;
export type LabOrder = Selectable<LabOrderTable>;
export type LabItemRow = Selectable<LabItemTable>;
export type LabRaterRow = Selectable<LabRaterTable>;
export type NewLabScore = Insertable<LabScoreTable>;
