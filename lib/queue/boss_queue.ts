// The job queue over pg-boss.

import { fromKysely, PgBoss } from "pg-boss";
import type { OpenDatabase } from "../storage/database.ts";
import type { JobKind } from "../storage/job_schema.ts";
import { notify } from "../storage/notices.ts";
import {
  endedByLapse,
  forgiveAttempts,
  forgiveLapse,
  jobsDelivered,
  QUEUE_NAMES,
  renewRemoteLeases,
  undeliveredJobs,
} from "./deliveries.ts";
import { costBand, NEW_BAND, TOP_UP_BAND } from "./order.ts";
import type { Claim, JobQueue, OrderedSet, QueueOptions, Trx } from "./queue.ts";
import {
  type CalledOff,
  insertJobs,
  type JobFailure,
  type JobSubject,
  localJobIds,
  markCancelled,
  markQueued,
  type NewJob,
  type PartJobs,
} from "./store.ts";

const KINDS = Object.keys(QUEUE_NAMES) as JobKind[];
const LEASE_SECONDS = 30;

type Settled = { affected?: number };
type Delivery = Pick<Claim, "id" | "retryCount">;

export class BossQueue implements JobQueue {
  readonly #storage: OpenDatabase;
  readonly #options: QueueOptions;
  readonly #boss: PgBoss;
  #running = false;

  constructor(storage: OpenDatabase, options: QueueOptions = {}) {
    const { onError = () => {}, leaseSeconds = LEASE_SECONDS } = options;
    const { superviseSeconds = Math.ceil(leaseSeconds / 2) } = options;
    this.#storage = storage;
    this.#options = options;
    this.#boss = new PgBoss({
      db: storage.queueDatabase,
      backend: storage.backend,
      schedule: false,
      superviseIntervalSeconds: superviseSeconds,
      monitorIntervalSeconds: superviseSeconds,
    });
    this.#boss.on("error", onError);
  }

  async start(): Promise<void> {
    await renewRemoteLeases(this.#storage.db);
    await this.#boss.start();
    for (const kind of KINDS) {
      await this.#boss.createQueue(QUEUE_NAMES[kind], queueSettings(this.#options));
      // pg-boss reads a queue's settings at its first use, with a query of its own. Inside a
      // transaction of ours on the embedded database that query would wait for ever.
      await this.#boss.touch(QUEUE_NAMES[kind], crypto.randomUUID());
      // The data directory's lock says that no other server is alive to be working on these.
      if (this.#storage.backend === "pglite") await this.#requeueOwn(kind);
    }
    this.#running = true;
  }

  async enqueueScore(trx: Trx, entryId: string): Promise<string | null> {
    return (await this.#enqueue(trx, "score", NEW_BAND, [entryId]))[0] ?? null;
  }

  async enqueueTopUps(trx: Trx, entryIds: readonly string[]): Promise<number> {
    return (await this.#enqueue(trx, "score", TOP_UP_BAND, entryIds)).length;
  }

  async enqueueVerify(trx: Trx, entryId: string, trainingFlops: number): Promise<string | null> {
    return (await this.#enqueue(trx, "verify", costBand(trainingFlops), [entryId]))[0] ?? null;
  }

  async enqueueParts(
    trx: Trx,
    entryId: string,
    trainingFlops: number,
    parts: PartJobs,
  ): Promise<number> {
    const entryIds = parts.shares.map(() => entryId);
    const band = costBand(trainingFlops * Math.max(...parts.shares));
    return (await this.#enqueue(trx, "verify", band, entryIds, { parts })).length;
  }

  async enqueueGenerate(trx: Trx, { id, entryId, work }: OrderedSet): Promise<string | null> {
    const subject = { orderId: id };
    return (await this.#enqueue(trx, "generate", costBand(work), [entryId], subject))[0] ?? null;
  }

  async claim(kind: JobKind): Promise<Claim | null> {
    const options = { includeMetadata: true } as const;
    const [job] = await this.#boss.fetch<{ entryId: string }>(QUEUE_NAMES[kind], options);
    if (job === undefined) return null;
    const { id, retryCount, data: { entryId } } = job;
    const retryLimit = endedByLapse(job.output)
      ? await forgiveLapse(this.#storage.db, id, job.retryLimit)
      : job.retryLimit;
    const last = retryCount >= retryLimit;
    return { id, kind, entryId, retryCount, attempt: retryCount + 1, last };
  }

  async extend(claim: Delivery & Pick<Claim, "kind">): Promise<boolean> {
    return isOurs(await this.#boss.touch(QUEUE_NAMES[claim.kind], fence(claim)));
  }

  async settle(trx: Trx, claim: Claim): Promise<boolean> {
    const db = fromKysely(trx);
    return isOurs(await this.#boss.complete(QUEUE_NAMES[claim.kind], fence(claim), null, { db }));
  }

  async retryLater(trx: Trx, claim: Claim, reason: string): Promise<boolean> {
    const db = fromKysely(trx);
    return isOurs(await this.#boss.fail(QUEUE_NAMES[claim.kind], fence(claim), { reason }, { db }));
  }

  release(trx: Trx, claim: Claim): Promise<boolean> {
    return this.#requeue(trx, claim.kind, [fence(claim)]);
  }

  async cancel(trx: Trx, id: string, why: JobFailure): Promise<CalledOff | null> {
    return (await this.#callOff(trx, { id }, why))[0] ?? null;
  }

  async cancelOpen(trx: Trx, entryId: string): Promise<number> {
    return (await this.#callOff(trx, { entryId })).length;
  }

  async cancelParts(trx: Trx, replayId: string): Promise<number> {
    return (await this.#callOff(trx, { replayId })).length;
  }

  async cancelOrder(trx: Trx, orderId: string): Promise<number> {
    return (await this.#callOff(trx, { orderId })).length;
  }

  abandoned() {
    return jobsDelivered(this.#storage.db, ["failed"], ["queued", "running", "retrying"]);
  }

  lapsed() {
    return jobsDelivered(this.#storage.db, ["created", "retry"], ["running"]);
  }

  async deliverOpen(): Promise<number> {
    const jobs = await undeliveredJobs(this.#storage.db);
    for (const kind of KINDS) {
      const deliveries = jobs.filter((job) => job.kind === kind).map(delivered);
      if (deliveries.length > 0) await this.#boss.insert(QUEUE_NAMES[kind], deliveries);
    }
    return jobs.length;
  }

  onEnqueued(listener: () => void): () => void {
    return this.#storage.notices.on("tinyproof_jobs", () => listener());
  }

  isRunning(): boolean {
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#boss.stop({ graceful: false, close: false });
  }

  async #enqueue(
    trx: Trx,
    kind: JobKind,
    band: number,
    entryIds: readonly string[],
    subject: JobSubject = {},
  ): Promise<string[]> {
    const jobs = await insertJobs(trx, kind, band, entryIds, subject);
    if (jobs.length === 0) return [];
    await this.#boss.insert(QUEUE_NAMES[kind], jobs.map(delivered), { db: fromKysely(trx) });
    // Heard when this transaction commits, and not before.
    await notify(trx, "tinyproof_jobs");
    return jobs.map(({ id }) => id);
  }

  /** Cancelled and resumed, a job is due at once and its old claim is void. */
  async #requeue(trx: Trx, kind: JobKind, jobs: string[] | Delivery[]): Promise<boolean> {
    const db = fromKysely(trx);
    const ids = jobs.map((job) => typeof job === "string" ? job : job.id);
    const { affected } = await this.#boss.cancel(QUEUE_NAMES[kind], jobs, { db }) as Settled;
    if (!affected) return false;
    await this.#boss.resume(QUEUE_NAMES[kind], ids, { db });
    await forgiveAttempts(trx, kind, ids);
    await markQueued(trx, ids);
    await notify(trx, "tinyproof_jobs");
    return true;
  }

  /** What this server's own worker had when it ended. */
  async #requeueOwn(kind: JobKind): Promise<void> {
    await this.#storage.db.transaction().execute(async (trx) => {
      const ids = await localJobIds(trx, kind);
      if (ids.length > 0) await this.#requeue(trx, kind, ids);
    });
  }

  async #callOff(
    trx: Trx,
    which: Parameters<typeof markCancelled>[1],
    why: JobFailure | null = null,
  ): Promise<CalledOff[]> {
    const jobs = await markCancelled(trx, which, why);
    for (const { id, kind } of jobs) {
      await this.#boss.cancel(QUEUE_NAMES[kind], id, { db: fromKysely(trx) });
    }
    return jobs;
  }
}

/** As pg-boss takes a job. */
function delivered({ id, priority, entryId }: NewJob) {
  return { id, priority, data: { entryId } };
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
