// The job queue over pg-boss: enqueue with the row it belongs to, claim, extend, settle.

import { sql, type Transaction } from "kysely";
import { fromKysely, PgBoss } from "pg-boss";
import type { Db, OpenDatabase } from "../storage/database.ts";
import type { JobKind, JobState } from "../storage/job_schema.ts";
import { notify } from "../storage/notices.ts";
import type { Database } from "../storage/schema.ts";
import { costBand, NEW_BAND, TOP_UP_BAND } from "./order.ts";
import {
  type CalledOff,
  insertJobs,
  type JobFailure,
  type JobSubject,
  LOCAL_HOLDER,
  localJobIds,
  markCancelled,
  markQueued,
  type PartJobs,
} from "./store.ts";

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

/** A queue for each kind: scoring never waits behind a replay of an hour. */
const NAMES: Record<JobKind, string> = {
  score: "tinyproof-score",
  generate: "tinyproof-generate",
  verify: "tinyproof-verify",
};
const KINDS = Object.keys(NAMES) as JobKind[];
const LEASE_SECONDS = 30;
/** Deaths of workers that are not counted against a job. It may be what kills them. */
const MOST_LAPSES = 8;

type Settled = { affected?: number };
type Delivery = Pick<Claim, "id" | "retryCount">;

export function createQueue(storage: OpenDatabase, options: QueueOptions = {}): JobQueue {
  const { onError = () => {}, leaseSeconds = LEASE_SECONDS } = options;
  const { superviseSeconds = Math.ceil(leaseSeconds / 2) } = options;
  let running = false;
  const boss = new PgBoss({
    db: storage.queueDatabase,
    backend: storage.backend,
    schedule: false,
    superviseIntervalSeconds: superviseSeconds,
    monitorIntervalSeconds: superviseSeconds,
  });
  boss.on("error", onError);

  async function enqueue(
    trx: Trx,
    kind: JobKind,
    band: number,
    entryIds: readonly string[],
    subject: JobSubject = {},
  ): Promise<string[]> {
    const jobs = await insertJobs(trx, kind, band, entryIds, subject);
    if (jobs.length === 0) return [];
    const deliveries = jobs.map(({ id, entryId, priority }) => ({
      ...{ id, priority },
      data: { entryId },
    }));
    await boss.insert(NAMES[kind], deliveries, { db: fromKysely(trx) });
    // Heard when this transaction commits, and not before.
    await notify(trx, "tinyproof_jobs");
    return jobs.map(({ id }) => id);
  }

  /** Cancelled and resumed, a job is due at once and its old claim is void. */
  async function requeue(trx: Trx, kind: JobKind, jobs: string[] | Delivery[]): Promise<boolean> {
    const db = fromKysely(trx);
    const ids = jobs.map((job) => typeof job === "string" ? job : job.id);
    const { affected } = await boss.cancel(NAMES[kind], jobs, { db }) as Settled;
    if (!affected) return false;
    await boss.resume(NAMES[kind], ids, { db });
    await sql`update pgboss.job set retry_limit = retry_limit + 1
      where name = ${NAMES[kind]} and id = any(${ids}::uuid[])`.execute(trx);
    await markQueued(trx, ids);
    await notify(trx, "tinyproof_jobs");
    return true;
  }

  async function callOff(trx: Trx, jobs: CalledOff[]): Promise<CalledOff[]> {
    for (const { id, kind } of jobs) {
      await boss.cancel(NAMES[kind], id, { db: fromKysely(trx) });
    }
    return jobs;
  }

  return {
    async start() {
      await renewRemoteLeases(storage.db);
      await boss.start();
      for (const kind of KINDS) {
        await boss.createQueue(NAMES[kind], queueSettings(options));
        // pg-boss reads a queue's settings at its first use, with a query of its own. Inside a
        // transaction of ours on the embedded database that query would wait for ever.
        await boss.touch(NAMES[kind], crypto.randomUUID());
        // The data directory's lock says that no other server is alive to be working on these.
        if (storage.backend === "pglite") {
          await storage.db.transaction().execute(async (trx) => {
            const ids = await localJobIds(trx, kind);
            if (ids.length > 0) await requeue(trx, kind, ids);
          });
        }
      }
      running = true;
    },
    enqueueScore: async (trx, entryId) =>
      (await enqueue(trx, "score", NEW_BAND, [entryId]))[0] ?? null,
    enqueueTopUps: async (trx, entryIds) =>
      (await enqueue(trx, "score", TOP_UP_BAND, entryIds)).length,
    enqueueVerify: async (trx, entryId, trainingFlops) =>
      (await enqueue(trx, "verify", costBand(trainingFlops), [entryId]))[0] ?? null,
    async enqueueParts(trx, entryId, trainingFlops, parts) {
      const entryIds = parts.shares.map(() => entryId);
      const band = costBand(trainingFlops * Math.max(...parts.shares));
      return (await enqueue(trx, "verify", band, entryIds, { parts })).length;
    },
    async enqueueGenerate(trx, { id, entryId, work }) {
      const subject = { orderId: id };
      return (await enqueue(trx, "generate", costBand(work), [entryId], subject))[0] ?? null;
    },
    async claim(kind) {
      const [job] = await boss.fetch<{ entryId: string }>(NAMES[kind], { includeMetadata: true });
      if (job === undefined) return null;
      const { id, retryCount, data: { entryId } } = job;
      const retryLimit = endedByLapse(job.output)
        ? await forgiveLapse(storage.db, id, job.retryLimit)
        : job.retryLimit;
      return {
        id,
        kind,
        entryId,
        retryCount,
        attempt: retryCount + 1,
        last: retryCount >= retryLimit,
      };
    },
    extend: async (claim) => isOurs(await boss.touch(NAMES[claim.kind], fence(claim))),
    settle: async (trx, claim) =>
      isOurs(await boss.complete(NAMES[claim.kind], fence(claim), null, { db: fromKysely(trx) })),
    retryLater: async (trx, claim, reason) =>
      isOurs(await boss.fail(NAMES[claim.kind], fence(claim), { reason }, { db: fromKysely(trx) })),
    release: (trx, claim) => requeue(trx, claim.kind, [fence(claim)]),
    cancel: async (trx, id, why) =>
      (await callOff(trx, await markCancelled(trx, { id }, why)))[0] ?? null,
    cancelOpen: async (trx, entryId) =>
      (await callOff(trx, await markCancelled(trx, { entryId }, null))).length,
    cancelParts: async (trx, replayId) =>
      (await callOff(trx, await markCancelled(trx, { replayId }, null))).length,
    cancelOrder: async (trx, orderId) =>
      (await callOff(trx, await markCancelled(trx, { orderId }, null))).length,
    abandoned: () => jobsDelivered(storage.db, ["failed"], ["queued", "running", "retrying"]),
    lapsed: () => jobsDelivered(storage.db, ["created", "retry"], ["running"]),
    async deliverOpen() {
      const jobs = await undeliveredJobs(storage.db);
      for (const kind of KINDS) {
        const deliveries = jobs.filter((job) => job.kind === kind)
          .map(({ id, priority, entryId }) => ({ id, priority, data: { entryId } }));
        if (deliveries.length > 0) await boss.insert(NAMES[kind], deliveries);
      }
      return jobs.length;
    },
    onEnqueued: (listener) => storage.notices.on("tinyproof_jobs", () => listener()),
    isRunning: () => running,
    async stop() {
      running = false;
      await boss.stop({ graceful: false, close: false });
    },
  };
}

/** Jobs whose delivery is in one of these states of pg-boss and whose row is in one of these. */
async function jobsDelivered(db: Db, delivered: string[], shown: JobState[]) {
  const { rows } = await sql<{ id: string; kind: JobKind; entryId: string; fence: number }>`
    select job.id, job.kind, job.entry_id as "entryId", coalesce(job.fence, 0) as fence
    from job join pgboss.job as delivery on delivery.id = job.id::uuid
    where delivery.name = any(${Object.values(NAMES)}) and delivery.state::text = any(${delivered})
      and job.state = any(${shown})`.execute(db);
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

/** As pg-boss notes it of an attempt whose lease ran out. */
function endedByLapse(output: object | null): boolean {
  return Object(Object(output).value).message === "job heartbeat timeout";
}

/** That a worker died is not the job's fault, unless it happens again and again. Its new limit. */
async function forgiveLapse(db: Db, id: string, retryLimit: number): Promise<number> {
  const { rows: [forgiven] } = await sql<{ limit: number }>`
    update pgboss.job set retry_limit = retry_limit + 1
    where name = any(${Object.values(NAMES)}) and id = ${id}::uuid and retry_count <= ${MOST_LAPSES}
    returning retry_limit as "limit"`.execute(db);
  return forgiven?.limit ?? retryLimit;
}

/** While this server was away no worker could extend its lease: that is not the worker's fault. */
async function renewRemoteLeases(db: Db): Promise<void> {
  const { rows: [{ there }] } = await sql<{ there: boolean }>`
    select to_regclass('pgboss.job') is not null as there`.execute(db);
  if (!there) return;
  await sql`update pgboss.job as delivery set heartbeat_on = now() from job
    where delivery.id = job.id::uuid and delivery.name = any(${Object.values(NAMES)})
      and delivery.state = 'active' and job.state = 'running' and job.holder <> ${LOCAL_HOLDER}`
    .execute(db);
}

function queueSettings(
  { retryLimit = 3, retryDelaySeconds = 2, leaseSeconds = LEASE_SECONDS }: QueueOptions,
) {
  return {
    retryLimit,
    retryDelay: retryDelaySeconds,
    retryBackoff: true,
    retryDelayMax: 60,
    heartbeatSeconds: leaseSeconds,
    // The time limits of jobs are far below; pg-boss allows at most a day.
    expireInSeconds: 24 * 3600,
    retentionSeconds: 30 * 24 * 3600,
    deleteAfterSeconds: 7 * 24 * 3600,
  };
}

function fence({ id, retryCount }: Delivery): Delivery {
  return { id, retryCount };
}

function isOurs(settled: Settled): boolean {
  return settled.affected === 1;
}
