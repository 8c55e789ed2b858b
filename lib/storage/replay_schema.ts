// Table types of replays in parts. The migrations under migrations/ are their source of truth.

import type { Generated, Selectable } from "kysely";
import type { Envelope } from "../verification/dsse.ts";
import type { Json, Timestamp } from "./columns.ts";

/**
 * What the parts of a replay are: segments of the run that together are all of it, segments drawn
 * by lot, or whole runs from other seeds.
 */
export type ReplayTask = "segments" | "sample" | "fresh-seeds";

/** A replay whose parts are jobs of their own. */
export interface ReplayTable {
  id: string;
  entry_id: string;
  task: ReplayTask;
  state: Generated<"open" | "done" | "failed">;
  /** 32 bytes, hexadecimal: what the parts were drawn from; null where nothing was. */
  nonce: string | null;
  /** The account that asked for it; null when the board did. */
  asked_by: string | null;
  /** Why it failed. */
  reason: string | null;
  /** Of fresh seeds: the in-toto statement, and that in its signed envelope. */
  statement: Json<unknown> | null;
  envelope: Json<Envelope> | null;
  /** Of a spot check: until when its states may come; null once all of them are here. */
  deadline: Timestamp | null;
  /** Of a spot check: what the replay said that was over the budget. */
  found: Json<unknown> | null;
  created_at: Timestamp;
  finished_at: Timestamp | null;
}

export interface ReplayPartTable {
  replay_id: string;
  /** From 0. */
  part: number;
  /** Leaves between which the run is replayed; null for another seed. */
  from_leaf: number | null;
  to_leaf: number | null;
  seed: number | null;
  /** What its job handed back. */
  result: Json<unknown> | null;
}

/** A checkpoint of a run that a replay kept; its bytes are a blob. */
export interface KeptStateTable {
  entry_id: string;
  leaf: number;
  digest: string;
  byte_length: number;
  /** False until the replay that hands it over has ended well. */
  held: Generated<boolean>;
  created_at: Timestamp;
  used_at: Timestamp;
}

/** A state of its run that an author delivered for a spot check; its bytes are a blob. */
export interface SpotStateTable {
  entry_id: string;
  leaf: number;
  digest: string;
  byte_length: number;
  created_at: Timestamp;
}

/** An engine that this board has run; its WebAssembly is the blob of that digest. */
export interface EngineBinaryTable {
  digest: string;
  byte_length: number;
  created_at: Timestamp;
  /** When a server last started with it. */
  started_at: Timestamp;
}

export interface ReplayTables {
  engine_binary: EngineBinaryTable;
  replay: ReplayTable;
  replay_part: ReplayPartTable;
  kept_state: KeptStateTable;
  spot_state: SpotStateTable;
}

export type Replay = Selectable<ReplayTable>;
export type ReplayPart = Selectable<ReplayPartTable>;
export type EngineBinary = Selectable<EngineBinaryTable>;
export type KeptState = Selectable<KeptStateTable>;
