// What a job queue does: enqueue with the row a job belongs to, claim, extend, settle. Knows no library.

import type { Transaction } from "kysely";
import type { JobKind } from "../storage/job_schema.ts";
import type { Database } from "../storage/schema.ts";
import type { CalledOff, JobFailure, PartJobs } from "./store.ts";

export type Trx = Transaction<Database>;

/** One delivery of a job. Settling it with an outdated claim changes nothing. */
export interface Claim {
  id: string;
  kind: JobKind;
  entryId: string;
  /** pg-boss's fence: goes up with every delivery. */
  retryCount: number;
  /** Counted from 1. */
  attempt: number;
  /** A failure of this attempt is final. */
  last: boolean;
}

/** A set of the lab that a model of the board is to generate. */
export interface OrderedSet {
  id: string;
  entryId: string;
  /** FLOPs. */
  work: number;
}

export interface JobQueue {
  start(): Promise<void>;
  /** Id of the new job, or null when one already waits or runs for the entry. */
  enqueueScore(trx: Trx, entryId: string): Promise<string | null>;
  /** One scoring job each for entries that are scored already, behind all others; how many are new. */
  enqueueTopUps(trx: Trx, entryIds: readonly string[]): Promise<number>;
  /** As enqueueScore; replays with fewer FLOPs go first, so that no one waits an hour for a minute's. */
  enqueueVerify(trx: Trx, entryId: string, trainingFlops: number): Promise<string | null>;
  /** A job for each part of a replay, all of one turn; how many. */
  enqueueParts(trx: Trx, entryId: string, trainingFlops: number, parts: PartJobs): Promise<number>;
  /** A job that generates what was ordered, the cheapest first; null when one is open. */
  enqueueGenerate(trx: Trx, order: OrderedSet): Promise<string | null>;
  /** Takes the next job of this kind, or null when none is due. */
  claim(kind: JobKind): Promise<Claim | null>;
  /** Keeps the claim alive. False when it is no longer ours. */
  extend(claim: Pick<Claim, "id" | "kind" | "retryCount">): Promise<boolean>;
  /** Settles the job for good. False when the claim is no longer ours: roll back. */
  settle(trx: Trx, claim: Claim): Promise<boolean>;
  /** Asks for another attempt after the back-off. False when the claim is no longer ours. */
  retryLater(trx: Trx, claim: Claim, reason: string): Promise<boolean>;
  /** Gives the job back, due at once: the attempt does not count. False as above. */
  release(trx: Trx, claim: Claim): Promise<boolean>;
  /** Calls off one job, for an admin to look at: what it was, or null when it had ended. */
  cancel(trx: Trx, id: string, why: JobFailure): Promise<CalledOff | null>;
  /**
   * Calls off what waits or runs for the entry; how many. A claim on one of them is lost: its process
   * is stopped at the next heartbeat, and its result is not taken.
   */
  cancelOpen(trx: Trx, entryId: string): Promise<number>;
  /** The same for the parts of a replay. */
  cancelParts(trx: Trx, replayId: string): Promise<number>;
  /** The same for what was ordered. */
  cancelOrder(trx: Trx, orderId: string): Promise<number>;
  /** Jobs that ran out of attempts with nobody there to say so: their last worker died. */
  abandoned(): Promise<{ id: string; kind: JobKind; entryId: string }[]>;
  /**
   * Delivers every open job that has no delivery, as after a move to another database; how many.
   * Nothing else makes a job without one: both are written together.
   */
  deliverOpen(): Promise<number>;
  /** Jobs that run for people and wait in the queue: their worker stopped answering. */
  lapsed(): Promise<{ id: string; entryId: string; fence: number }[]>;
  /** Calls `listener` when a job was enqueued, on whichever server; returns how to stop. */
  onEnqueued(listener: () => void): () => void;
  /** Started and not stopped. */
  isRunning(): boolean;
  stop(): Promise<void>;
}

/** As much of it as asks for replays. */
export type ReplayQueue = Pick<JobQueue, "enqueueVerify" | "enqueueParts">;

export interface QueueOptions {
  retryLimit?: number;
  /** Seconds before the first retry; doubles with each. */
  retryDelaySeconds?: number;
  /** A claim not extended for this long is given to another worker; 10 at least. */
  leaseSeconds?: number;
  /** How often to look for such claims; twice in a lease unless given. */
  superviseSeconds?: number;
  onError?: (error: Error) => void;
}
