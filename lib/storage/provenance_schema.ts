// Table types of reports, of what visitors confirm, of tickets and keys.
// The migrations under migrations/ are their source of truth.

import type { Generated, Selectable } from "kysely";
import type { Envelope } from "../verification/dsse.ts";
import type { Json, Timestamp } from "./columns.ts";

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

export interface ProvenanceTables {
  report: ReportTable;
  signing_key: SigningKeyTable;
  confirmation: ConfirmationTable;
  segment_confirmation: SegmentConfirmationTable;
  confirmation_challenge: ConfirmationChallengeTable;
  ticket: TicketTable;
}

export type ConfirmationRow = Selectable<ConfirmationTable>;
export type SegmentConfirmationRow = Selectable<SegmentConfirmationTable>;
export type TicketRow = Selectable<TicketTable>;
export type Report = Selectable<ReportTable>;
