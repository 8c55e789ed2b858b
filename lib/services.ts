// What a server is made of, built once by main.ts, cli.ts or a test and passed on.

import { type Auth, createAuth } from "./accounts/auth.ts";
import { loadSecret } from "./accounts/secret.ts";
import type { AppConfig } from "./config.ts";
import { createEvents, type EntryEvents } from "./queue/events.ts";
import { createQueue, type JobQueue, type QueueOptions } from "./queue/queue.ts";
import { type BlobStore, openBlobStore } from "./storage/blobs.ts";
import { type Db, type OpenDatabase, openDatabase } from "./storage/database.ts";
import type { DataChanges } from "./storage/changes.ts";
import { migrate } from "./storage/migrate.ts";
import { PartFiles } from "./storage/part_files.ts";
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
  try {
    if (options.storage === undefined) await migrate(storage.db);
    const queue = createQueue(storage, options.queue);
    await queue.start();
    return {
      config,
      db: storage.db,
      changes: storage.changes,
      auth: createAuth(storage.db, { ...config, secret: await loadSecret(config) }),
      blobs: await openBlobStore(`${config.dataDir}/blobs`),
      parts: await PartFiles.open(`${config.dataDir}/uploads`),
      queue,
      events: createEvents(),
      signer: openSigner(`${config.dataDir}/keys`, config.keyDays),
      now: options.now ?? (() => new Date()),
      async close() {
        await queue.stop();
        if (options.storage === undefined) await storage.close();
      },
    };
  } catch (error) {
    if (options.storage === undefined) await storage.close();
    throw error;
  }
}
