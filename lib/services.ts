// What a server is made of, built once by main.ts, cli.ts or a test and passed on.

import { type Auth, createAuth } from "./accounts/auth.ts";
import { loadSecret } from "./accounts/secret.ts";
import { type AppConfig, bucketOf } from "./config.ts";
import { createEvents, type EntryEvents } from "./queue/events.ts";
import { createQueue, type JobQueue, type QueueOptions } from "./queue/queue.ts";
import { type BackupDoor, openBackupDoor } from "./storage/backup/door.ts";
import type { BlobStore } from "./storage/blobs.ts";
import { type Db, type OpenDatabase, openDatabase } from "./storage/database.ts";
import type { DataChanges } from "./storage/changes.ts";
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
  /** Goes on with every committed change of the database. */
  changes: Pick<DataChanges, "version">;
  /** The clock for everything that is recorded. */
  now: () => Date;
  close(): Promise<void>;
}

export interface ServiceOptions {
  now?: () => Date;
  queue?: QueueOptions;
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
    return {
      config,
      db: storage.db,
      changes: storage.changes,
      auth: createAuth(storage.db, { ...config, secret: await loadSecret(config) }),
      parts: await PartFiles.open(`${config.dataDir}/uploads`),
      blobs: await openBlobStore({ ...config, s3: bucketOf(config) }),
      queue,
      events: createEvents(),
      signer: openSigner(`${config.dataDir}/keys`, config.keyDays),
      now: options.now ?? (() => new Date()),
      async close() {
        await queue.stop();
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
