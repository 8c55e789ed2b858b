// The job queue over pg-boss: enqueue with the row it belongs to, claim, extend, settle.

import { sql, type Transaction } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Db, OpenDatabase } from "../storage/database.ts";
import type { Database, JobKind } from "../storage/schema.ts";
import { insertJob, markQueued, runningJobIds } from "./store.ts";

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
  enqueueVerify(trx: Trx, entryId: string): Promise<string | null>;
  /** Takes the next job, scoring before replays, or null when none is due. */
  claim(): Promise<Claim | null>;
  /** Keeps the claim alive. False when it is no longer ours. */
  extend(claim: Claim): Promise<boolean>;
  /** Settles the job for good. False when the claim is no longer ours: roll back. */
  settle(trx: Trx, claim: Claim): Promise<boolean>;
  /** Asks for another attempt after the back-off. False when the claim is no longer ours. */
  retryLater(trx: Trx, claim: Claim, reason: string): Promise<boolean>;
  /** Gives the job back at once, as if never taken. */
  release(claim: Claim): Promise<void>;
  /** Jobs that ran out of attempts with nobody there to say so: their last server died. */
  abandoned(): Promise<{ id: string; kind: JobKind; entryId: string }[]>;
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

const NAME = "tinyproof-jobs";
const PRIORITY: Record<JobKind, number> = { score: 10, verify: 0 };
/** A claim not extended for this long is given to another worker. */
export const LEASE_SECONDS = 30;

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

  async function enqueue(trx: Trx, kind: JobKind, entryId: string): Promise<string | null> {
    const id = await insertJob(trx, { id: crypto.randomUUID(), kind, entryId });
    if (id === null) return null;
    const send = { id, priority: PRIORITY[kind], db: fromKysely(trx) };
    await boss.send(NAME, { kind, entryId }, send);
    for (const listener of listeners) listener();
    return id;
  }

  /** Cancelled and resumed, a job is due at once and its old claim is void. */
  async function requeue(ids: string[]): Promise<void> {
    if (ids.length === 0) return;
    await boss.cancel(NAME, ids);
    await boss.resume(NAME, ids);
    await markQueued(storage.db, ids);
  }

  return {
    async start() {
      await boss.start();
      await boss.createQueue(NAME, queueSettings(retryLimit, retryDelaySeconds));
      // pg-boss reads a queue's settings at its first use, with a query of its own. Inside a
      // transaction of ours on the embedded database that query would wait for ever.
      await boss.touch(NAME, crypto.randomUUID());
      // The data directory's lock says that no other server is alive to be working on these.
      if (storage.backend === "pglite") await requeue(await runningJobIds(storage.db));
    },
    enqueueScore: (trx, entryId) => enqueue(trx, "score", entryId),
    enqueueVerify: (trx, entryId) => enqueue(trx, "verify", entryId),
    async claim() {
      const [job] = await boss.fetch<{ kind: JobKind; entryId: string }>(NAME, {
        includeMetadata: true,
      });
      if (job === undefined) return null;
      const { id, retryCount, data } = job;
      return {
        id,
        ...data,
        retryCount,
        attempt: retryCount + 1,
        last: retryCount >= job.retryLimit,
      };
    },
    extend: async (claim) => isOurs(await boss.touch(NAME, fence(claim))),
    settle: async (trx, claim) =>
      isOurs(await boss.complete(NAME, fence(claim), null, { db: fromKysely(trx) })),
    retryLater: async (trx, claim, reason) =>
      isOurs(await boss.fail(NAME, fence(claim), { reason }, { db: fromKysely(trx) })),
    release: (claim) => requeue([claim.id]),
    abandoned: () => abandonedJobs(storage.db),
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
    where delivery.name = ${NAME} and delivery.state = 'failed'
      and job.state in ('queued', 'running', 'retrying')`.execute(db);
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
