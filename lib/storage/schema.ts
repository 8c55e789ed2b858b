// All tables, for Kysely: those of each part of the store, and the few that are of none.
// The migrations under migrations/ are their source of truth.

import type { Selectable } from "kysely";
import type { AccountTables } from "./account_schema.ts";
import type { BoardTables } from "./board_schema.ts";
import type { Timestamp } from "./columns.ts";
import type { CorpusTables } from "./corpus_schema.ts";
import type { EntryTables } from "./entry_schema.ts";
import type { JobTables } from "./job_schema.ts";
import type { LabTables } from "./lab_schema.ts";
import type { ModerationTables } from "./moderation_schema.ts";
import type { ProvenanceTables } from "./provenance_schema.ts";
import type { ReplayTables } from "./replay_schema.ts";

/** A content-addressed file: bytes live in the blob store under `digest`. */
export interface BlobTable {
  digest: string;
  byte_length: number;
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

export interface Database
  extends
    AccountTables,
    BoardTables,
    CorpusTables,
    EntryTables,
    JobTables,
    LabTables,
    ModerationTables,
    ProvenanceTables,
    ReplayTables {
  blob: BlobTable;
  ledger: LedgerTable;
  upload: UploadTable;
  server_secret: ServerSecretTable;
}

export type Upload = Selectable<UploadTable>;
export type LedgerEvent = Selectable<LedgerTable>;
