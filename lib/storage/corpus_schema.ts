// Table types of corpora, their scans and their uses.
// The migrations under migrations/ are their source of truth.

import type { Generated, Selectable } from "kysely";
import type { Json, Timestamp } from "./columns.ts";

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

export interface CorpusTables {
  corpus: CorpusTable;
  scan: ScanTable;
  contamination: ContaminationTable;
  corpus_use: CorpusUseTable;
}

export type CorpusRow = Selectable<CorpusTable>;
