// What a server is made of, built once by main.ts, cli.ts or a test and passed on.

import { sql } from "kysely";
import { type Auth, createAuth } from "./accounts/auth_options.ts";
import { loadSecret } from "./accounts/secret.ts";
import { type AppConfig, bucketOf } from "./config.ts";
import { engineBlob } from "./jobs/files.ts";
import { type JobSettings, jobSettings } from "./jobs/settings.ts";
import { utf8 } from "./bytes.ts";
import { EventStreams } from "./http/event_streams.ts";
import { watchProcess, watchServices } from "./operating/gauges.ts";
import { Lifecycle } from "./operating/lifecycle.ts";
import { log } from "./operating/log.ts";
import { Metrics } from "./operating/metrics.ts";
import { traceQuery } from "./operating/tracing.ts";
import { type Readiness, readiness } from "./operating/readiness.ts";
import { BossQueue } from "./queue/boss_queue.ts";
import { createEvents, type EntryEvents } from "./queue/events.ts";
import type { JobQueue, QueueOptions } from "./queue/queue.ts";
import { type BackupDoor, openBackupDoor } from "./storage/backup/door.ts";
import type { BlobStore } from "./storage/blobs.ts";
import { type Db, type OpenDatabase, openDatabase } from "./storage/database.ts";
import type { DataChanges } from "./storage/changes.ts";
import { LedgerWatch } from "./storage/ledger_watch.ts";
import { migrate } from "./storage/migrate.ts";
import { PartFiles } from "./storage/part_files.ts";
import { openBlobStore } from "./storage/open_blobs.ts";
import { openSigner, type ReportSigner } from "./verification/signer.ts";

export { type AppConfig, configFromEnv } from "./config.ts";

export interface Services {
  config: AppConfig;
  db: Db;
  blobs: BlobStore;
  /** Files that arrive in parts. */
  parts: PartFiles;
  queue: JobQueue;
  events: EntryEvents;
  /** Signs the reports of replays. */
  signer: ReportSigner;
  /** Sessions, passkeys and API keys. */
  auth: Auth;
  /** Files and limits of jobs. */
  jobs: JobSettings;
  metrics: Metrics;
  /** Those open to browsers. */
  streams: EventStreams;
  /** Whether this server is about to stop. */
  lifecycle: Lifecycle;
  /** Whether each part does its work. */
  readiness(): Promise<Readiness>;
  /** Goes on with every committed change of the database. */
  changes: Pick<DataChanges, "version">;
  ledger: LedgerWatch;
  /** The clock for everything that is recorded. */
  now: () => Date;
  close(): Promise<void>;
}

export interface ServiceOptions {
  now?: () => Date;
  queue?: QueueOptions;
  jobs?: Partial<JobSettings>;
  /** An open, migrated database to use instead of the configured one; the caller closes it. */
  storage?: OpenDatabase;
}

/**
 * Opens the database, brings it to the latest schema and starts the queue.
 * @throws {IntegrityError} when another server uses the same data directory.
 */
export async function createServices(
  config: AppConfig,
  options: ServiceOptions = {},
): Promise<Services> {
  const metrics = new Metrics();
  const storage = options.storage ?? await openOwnDatabase(config, metrics);
  let door: BackupDoor | null = null;
  try {
    const queue = await startQueue(storage, config, options);
    if (options.storage === undefined) door = await backupDoor(config, storage);
    const events = createEvents(storage);
    const blobs = await openBlobStore({ ...config, s3: bucketOf(config) });
    const jobs = jobSettings(options.jobs);
    const streams = new EventStreams(config.maxEventStreams);
    watchProcess(metrics);
    watchServices(metrics, { ...storage, streams }, () => engineBlob({ jobs }));
    const now = options.now ?? (() => new Date());
    const ledger = new LedgerWatch(storage.db, now);
    return {
      config,
      db: storage.db,
      changes: storage.changes,
      auth: createAuth(storage.db, { ...config, secret: await loadSecret(config) }),
      blobs,
      parts: await PartFiles.open(`${config.dataDir}/uploads`),
      queue,
      metrics,
      streams,
      lifecycle: new Lifecycle(),
      readiness: readinessOf({ db: storage.db, queue, blobs }),
      events,
      signer: openSigner(`${config.dataDir}/keys`, config.keyDays),
      jobs,
      ledger,
      now,
      async close() {
        await queue.stop();
        await events.close();
        await ledger.idle();
        await door?.close();
        if (options.storage === undefined) await storage.close();
      },
    };
  } catch (error) {
    await door?.close();
    if (options.storage === undefined) await storage.close();
    throw error;
  }
}

function openOwnDatabase(config: AppConfig, metrics: Metrics): Promise<OpenDatabase> {
  return openDatabase(config, {
    onQuery(ms, ok, text) {
      metrics.query(ms, ok);
      if (config.tracing) traceQuery(ms, ok, text);
    },
  });
}

/** The database of the caller has its tables already. */
async function startQueue(
  storage: OpenDatabase,
  config: AppConfig,
  options: ServiceOptions,
): Promise<JobQueue> {
  const queue = new BossQueue(storage, {
    onError: (error) => log.error("The queue failed", { error }),
    leaseSeconds: config.jobLeaseSeconds,
    ...options.queue,
  });
  await storage.exclusively(async () => {
    if (options.storage === undefined) await migrate(storage.db);
    await queue.start();
  });
  return queue;
}

function readinessOf({ db, queue, blobs }: Pick<Services, "db" | "queue" | "blobs">) {
  return readiness({
    database: () => sql`select 1`.execute(db),
    queue: () => queue.isRunning() ? Promise.resolve() : Promise.reject(),
    files: () => isWritable(blobs),
  });
}

/** A server without it works; it has to be stopped for a backup. */
async function backupDoor(
  { dataDir }: AppConfig,
  { snapshot }: OpenDatabase,
): Promise<BackupDoor | null> {
  if (snapshot === null) return null;
  try {
    return await openBackupDoor({ dataDir, snapshot });
  } catch (error) {
    log.error("No backup can be made while this server runs", { error });
    return null;
  }
}

/** Writes a file like any other and takes it away again. */
async function isWritable(blobs: BlobStore): Promise<void> {
  const { digest } = await blobs.putBytes(utf8(`ready? ${crypto.randomUUID()}`));
  await blobs.delete(digest);
}
