// The job queue over pg-boss: enqueue with the row it belongs to, claim, extend, settle.

import { sql, type Transaction } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Db, OpenDatabase } from "../storage/database.ts";
import type { Database, JobKind } from "../storage/schema.ts";
import { insertJob, insertJobs, markCancelled, markQueued, runningJobIds } from "./store.ts";

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

export interface JobQueue {
  start(): Promise<void>;
  /** Id of the new job, or null when one already waits or runs for the entry. */
  enqueueScore(trx: Trx, entryId: string): Promise<string | null>;
  /** One scoring job each for entries that are scored already, behind all others; how many are new. */
  enqueueTopUps(trx: Trx, entryIds: readonly string[]): Promise<number>;
  /** As enqueueScore; replays with fewer FLOPs go first, so that no one waits an hour for a minute's. */
  enqueueVerify(trx: Trx, entryId: string, trainingFlops: number): Promise<string | null>;
  /** Takes the next job of this kind, or null when none is due. */
  claim(kind: JobKind): Promise<Claim | null>;
  /** Keeps the claim alive. False when it is no longer ours. */
  extend(claim: Claim): Promise<boolean>;
  /** Settles the job for good. False when the claim is no longer ours: roll back. */
  settle(trx: Trx, claim: Claim): Promise<boolean>;
  /** Asks for another attempt after the back-off. False when the claim is no longer ours. */
  retryLater(trx: Trx, claim: Claim, reason: string): Promise<boolean>;
  /**
   * Calls off what waits or runs for the entry; how many. A claim on one of them is lost: its process
   * is stopped, and its result is not taken.
   */
  cancelOpen(trx: Trx, entryId: string): Promise<number>;
  /** Gives the job back at once, as if never taken. */
  release(claim: Claim): Promise<void>;
  /** Jobs that ran out of attempts with nobody there to say so: their last server died. */
  abandoned(): Promise<{ id: string; kind: JobKind; entryId: string }[]>;
  /**
   * Delivers every open job that has no delivery, as after a move to another database; how many.
   * Nothing else makes a job without one: both are written together.
   */
  deliverOpen(): Promise<number>;
  /** Calls `listener` when a job was enqueued in this process; returns how to stop. */
  onEnqueued(listener: () => void): () => void;
  stop(): Promise<void>;
}

export interface QueueOptions {
  retryLimit?: number;
  /** Seconds before the first retry; doubles with each. */
  retryDelaySeconds?: number;
  onError?: (error: Error) => void;
}

/** A queue for each kind: scoring never waits behind a replay of an hour. */
const NAMES: Record<JobKind, string> = { score: "tinyproof-score", verify: "tinyproof-verify" };
const KINDS = Object.keys(NAMES) as JobKind[];
/** A claim not extended for this long is given to another worker. */
export const LEASE_SECONDS = 30;

/** Below that of a new submission, which is 0. */
const TOP_UP_PRIORITY = -1;

type Settled = { affected?: number };

export function createQueue(storage: OpenDatabase, options: QueueOptions = {}): JobQueue {
  const { retryLimit = 3, retryDelaySeconds = 2, onError = () => {} } = options;
  const listeners = new Set<() => void>();
  const boss = new PgBoss({
    db: storage.queueDatabase,
    backend: storage.backend,
    schedule: false,
    superviseIntervalSeconds: 15,
    monitorIntervalSeconds: 15,
  });
  boss.on("error", onError);

  async function enqueue(
    trx: Trx,
    kind: JobKind,
    entryId: string,
    priority = 0,
  ): Promise<string | null> {
    const id = await insertJob(trx, { id: crypto.randomUUID(), kind, entryId, priority });
    if (id === null) return null;
    await boss.send(NAMES[kind], { entryId }, { id, priority, db: fromKysely(trx) });
    for (const listener of listeners) listener();
    return id;
  }

  async function enqueueTopUps(trx: Trx, entryIds: readonly string[]): Promise<number> {
    const kind: JobKind = "score", priority = TOP_UP_PRIORITY;
    const wanted = entryIds.map((entryId) => ({
      id: crypto.randomUUID(),
      kind,
      entryId,
      priority,
    }));
    const jobs = await insertJobs(trx, wanted);
    if (jobs.length === 0) return 0;
    const deliveries = jobs.map(({ id, entryId }) => ({ id, priority, data: { entryId } }));
    await boss.insert(NAMES[kind], deliveries, { db: fromKysely(trx) });
    for (const listener of listeners) listener();
    return jobs.length;
  }

  /** Cancelled and resumed, a job is due at once and its old claim is void. */
  async function requeue(kind: JobKind, ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await boss.cancel(NAMES[kind], ids);
    await boss.resume(NAMES[kind], ids);
    await markQueued(storage.db, ids);
  }

  return {
    async start() {
      await boss.start();
      for (const kind of KINDS) {
        await boss.createQueue(NAMES[kind], queueSettings(retryLimit, retryDelaySeconds));
        // pg-boss reads a queue's settings at its first use, with a query of its own. Inside a
        // transaction of ours on the embedded database that query would wait for ever.
        await boss.touch(NAMES[kind], crypto.randomUUID());
        // The data directory's lock says that no other server is alive to be working on these.
        if (storage.backend === "pglite") {
          await requeue(kind, await runningJobIds(storage.db, kind));
        }
      }
    },
    enqueueScore: (trx, entryId) => enqueue(trx, "score", entryId),
    enqueueTopUps,
    enqueueVerify: (trx, entryId, trainingFlops) =>
      enqueue(trx, "verify", entryId, -Math.round(Math.log2(1 + trainingFlops))),
    async claim(kind) {
      const [job] = await boss.fetch<{ entryId: string }>(NAMES[kind], { includeMetadata: true });
      if (job === undefined) return null;
      const { id, retryCount, data: { entryId } } = job;
      return {
        id,
        kind,
        entryId,
        retryCount,
        attempt: retryCount + 1,
        last: retryCount >= job.retryLimit,
      };
    },
    extend: async (claim) => isOurs(await boss.touch(NAMES[claim.kind], fence(claim))),
    settle: async (trx, claim) =>
      isOurs(await boss.complete(NAMES[claim.kind], fence(claim), null, { db: fromKysely(trx) })),
    retryLater: async (trx, claim, reason) =>
      isOurs(await boss.fail(NAMES[claim.kind], fence(claim), { reason }, { db: fromKysely(trx) })),
    async cancelOpen(trx, entryId) {
      const jobs = await markCancelled(trx, entryId);
      for (const { id, kind } of jobs) {
        await boss.cancel(NAMES[kind], id, { db: fromKysely(trx) });
      }
      return jobs.length;
    },
    release: (claim) => requeue(claim.kind, [claim.id]),
    abandoned: () => abandonedJobs(storage.db),
    async deliverOpen() {
      const jobs = await undeliveredJobs(storage.db);
      for (const kind of KINDS) {
        const deliveries = jobs.filter((job) => job.kind === kind)
          .map(({ id, priority, entryId }) => ({ id, priority, data: { entryId } }));
        if (deliveries.length > 0) await boss.insert(NAMES[kind], deliveries);
      }
      return jobs.length;
    },
    onEnqueued(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => boss.stop({ graceful: false, close: false }),
  };
}

async function abandonedJobs(db: Db) {
  const { rows } = await sql<{ id: string; kind: JobKind; entryId: string }>`
    select job.id, job.kind, job.entry_id as "entryId"
    from job join pgboss.job as delivery on delivery.id = job.id::uuid
    where delivery.name = any(${Object.values(NAMES)}) and delivery.state = 'failed'
      and job.state in ('queued', 'running', 'retrying')`.execute(db);
  return rows;
}

async function undeliveredJobs(db: Db) {
  const { rows } = await sql<{ id: string; kind: JobKind; entryId: string; priority: number }>`
    select job.id, job.kind, job.entry_id as "entryId", job.priority
    from job where job.state in ('queued', 'running', 'retrying')
      and not exists (select from pgboss.job as delivery where delivery.id::text = job.id)
    order by job.created_at`.execute(db);
  return rows;
}

function queueSettings(retryLimit: number, retryDelay: number) {
  return {
    retryLimit,
    retryDelay,
    retryBackoff: true,
    retryDelayMax: 60,
    heartbeatSeconds: LEASE_SECONDS,
    // The supervisor's own time limit is far below; pg-boss allows at most a day.
    expireInSeconds: 24 * 3600,
    retentionSeconds: 30 * 24 * 3600,
    deleteAfterSeconds: 7 * 24 * 3600,
  };
}

function fence({ id, retryCount }: Claim) {
  return { id, retryCount };
}

function isOurs(settled: Settled): boolean {
  return settled.affected === 1;
}
