// Table types of moderation. The migrations under migrations/ are their source of truth.

import type { ColumnType, Generated, Selectable } from "kysely";
import type { Act } from "../moderation/acts.ts";

type Timestamp = ColumnType<Date, Date | string, Date | string>;

/** What a moderator did, and why: public. */
export interface DecisionTable {
  id: string;
  act: Act;
  entry_id: string | null;
  account_id: string | null;
  /** The name that was banned, or that of the account at that time. */
  author: string | null;
  /** Of a set of the lab; with a rater of that rater's scores on it. */
  lab_set_id: Generated<string | null>;
  lab_rater_id: Generated<string | null>;
  /** Of a set of prompts. */
  lab_prompt_set_id: Generated<string | null>;
  reason: string;
  moderator_id: string;
  /** At that time. */
  moderator_name: string;
  /** Of its event in the ledger. */
  ledger_seq: number;
  created_at: Timestamp;
}

/** A reader's word that something is wrong with an entry: for moderators only. */
export interface FlagTable {
  id: string;
  entry_id: string;
  /** Nobody flags one entry twice. */
  reader: string;
  account_id: string | null;
  reason: string;
  created_at: Timestamp;
  decision_id: string | null;
}

/** Who may not submit or flag: until the row goes. */
export interface BanTable {
  subject: string;
  decision_id: string;
}

export interface ModerationTables {
  decision: DecisionTable;
  flag: FlagTable;
  ban: BanTable;
}

export type Decision = Selectable<DecisionTable>;
export type Flag = Selectable<FlagTable>;
