// What a server is made of, built once by main.ts, cli.ts or a test and passed on.

import { type Auth, createAuth } from "./accounts/auth.ts";
import { loadSecret } from "./accounts/secret.ts";
import { type AppConfig, bucketOf } from "./config.ts";
import { type JobSettings, jobSettings } from "./jobs/settings.ts";
import { createEvents, type EntryEvents } from "./queue/events.ts";
import { createQueue, type JobQueue, type QueueOptions } from "./queue/queue.ts";
import { type BackupDoor, openBackupDoor } from "./storage/backup/door.ts";
import type { BlobStore } from "./storage/blobs.ts";
import { type Db, type OpenDatabase, openDatabase } from "./storage/database.ts";
import type { DataChanges } from "./storage/changes.ts";
import { LedgerWatch } from "./storage/ledger_watch.ts";
import { migrate } from "./storage/migrate.ts";
import { openBlobStore } from "./storage/open_blobs.ts";
import { openSigner, type ReportSigner } from "./verification/signer.ts";

export { type AppConfig, configFromEnv } from "./config.ts";

export interface Services {
  config: AppConfig;
  db: Db;
  blobs: BlobStore;
  queue: JobQueue;
  events: EntryEvents;
  /** Signs the reports of replays. */
  signer: ReportSigner;
  /** Sessions, passkeys and API keys. */
  auth: Auth;
  /** Files and limits of jobs. */
  jobs: JobSettings;
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
  const storage = options.storage ?? await openDatabase(config);
  let door: BackupDoor | null = null;
  try {
    const queue = createQueue(storage, options.queue);
    await storage.exclusively(async () => {
      if (options.storage === undefined) await migrate(storage.db);
      await queue.start();
    });
    if (options.storage === undefined) door = await backupDoor(config, storage);
    const events = createEvents(storage);
    const now = options.now ?? (() => new Date());
    const ledger = new LedgerWatch(storage.db, now);
    return {
      config,
      db: storage.db,
      changes: storage.changes,
      auth: createAuth(storage.db, { ...config, secret: await loadSecret(config) }),
      blobs: await openBlobStore({ ...config, s3: bucketOf(config) }),
      queue,
      events,
      signer: openSigner(`${config.dataDir}/keys`, config.keyDays),
      jobs: jobSettings(options.jobs),
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

/** A server without it works; it has to be stopped for a backup. */
async function backupDoor(
  { dataDir }: AppConfig,
  { snapshot }: OpenDatabase,
): Promise<BackupDoor | null> {
  if (snapshot === null) return null;
  try {
    return await openBackupDoor({ dataDir, snapshot });
  } catch (error) {
    console.error(`No backup can be made while this server runs: ${Object(error).message}`);
    return null;
  }
}
