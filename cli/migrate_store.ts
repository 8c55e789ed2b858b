// migrate-store: moves an embedded installation to a PostgreSQL server, and its files to a bucket.

import { type AppConfig, bucketOf, configFromEnv } from "../lib/config.ts";
import { UnavailableError, ValidationError } from "../lib/errors.ts";
import { BossQueue } from "../lib/queue/boss_queue.ts";
import { markQueued, runningJobIds } from "../lib/queue/store.ts";
import { openDiskBlobs } from "../lib/storage/disk_blobs.ts";
import { type OpenDatabase, openDatabase } from "../lib/storage/database.ts";
import { migrate } from "../lib/storage/migrate.ts";
import { openBlobStore } from "../lib/storage/open_blobs.ts";
import { type BlobCount, checkBlobs, copyBlobs } from "../lib/storage/transfer/copy_blobs.ts";
import { type MovedTable, moveTables } from "../lib/storage/transfer/move.ts";
import { type Arguments, type Command, JSON_OPTION, usageError } from "./command.ts";
import { note, printJson } from "./output.ts";

export const MIGRATE_STORE: Command = {
  name: "migrate-store",
  summary:
    "Moves the embedded installation in TINYPROOF_DATA to a PostgreSQL server, and checks every row\n" +
    "and file there. Stop the server first. What is here stays as it is.",
  operands: [],
  options: {
    "to-database": { type: "string", value: "URL", help: "postgres://…, an empty database" },
    "to-s3": { type: "boolean", help: "move the files too, to the bucket that S3_… names" },
    resume: { type: "boolean", help: "go on with a move that was interrupted" },
    json: JSON_OPTION,
  },
  example: "migrate-store --to-database postgres://board@db/board --to-s3",
  run: migrateStore,
};

export interface MoveReport {
  tables: MovedTable[];
  ledgerEvents: number;
  files: BlobCount;
  /** Where the files are after the move. */
  filesIn: "bucket" | "disk";
  jobsDelivered: number;
}

async function migrateStore(args: Arguments): Promise<void> {
  const databaseUrl = args.required("to-database");
  if (!/^postgres(ql)?:\/\//.test(databaseUrl)) {
    // Never repeated: it may hold a password.
    const problem = { expected: "--to-database postgres://…", got: "something else" };
    throw usageError(MIGRATE_STORE, problem);
  }
  const config = configFromEnv({ ...Deno.env.toObject(), DATABASE_URL: "" });
  if (args.flag("to-s3") && bucketOf(config) === undefined) {
    const problem = { expected: "S3_ENDPOINT and the other S3_ variables with --to-s3" };
    throw usageError(MIGRATE_STORE, { ...problem, got: "none of them" });
  }
  const source = await openSource(config.dataDir);
  try {
    const target = await openTarget(databaseUrl);
    try {
      const report = await move(source, target, {
        config,
        toBucket: args.flag("to-s3"),
        resume: args.flag("resume"),
      });
      if (args.flag("json")) printJson(report);
      else printReport(report);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The embedded database, locked: a running server is an error. */
async function openSource(dataDir: string): Promise<OpenDatabase> {
  const found = await Deno.stat(`${dataDir}/pglite`).catch(() => null);
  if (found === null) {
    throw new ValidationError(`There is no embedded database in ${dataDir}`, {
      expected: "the directory that the server was given as TINYPROOF_DATA",
      got: "a directory without pglite/",
      fix: "Set TINYPROOF_DATA as the server has it.",
    });
  }
  const source = await openDatabase({ dataDir });
  await migrate(source.db);
  return source;
}

async function openTarget(databaseUrl: string): Promise<OpenDatabase> {
  const target = await openDatabase({ dataDir: "", databaseUrl });
  try {
    await migrate(target.db);
    return target;
  } catch (error) {
    await target.close();
    throw new UnavailableError(`The target database cannot be used: ${Object(error).message}`, {
      fix: "Check the URL, and that its user may create tables and schemas there.",
    });
  }
}

async function move(
  source: OpenDatabase,
  target: OpenDatabase,
  { config, toBucket, resume }: { config: AppConfig; toBucket: boolean; resume: boolean },
): Promise<MoveReport> {
  // No server runs, so no job does: one that is said to would be waited for over there.
  await markQueued(source.db, await runningJobIds(source.db));
  const { tables, ledger } = await moveTables({
    ...{ source: source.db, target: target.db, resume },
    onTable: ({ table, rows, copied }) =>
      note(`${table}: ${rows} rows ${copied ? "copied" : "there"}`),
  });
  const files = await moveFiles(source, config, toBucket);
  return {
    ...{ tables, files, filesIn: toBucket ? "bucket" : "disk" },
    ledgerEvents: ledger.length,
    jobsDelivered: await deliverJobs(target),
  };
}

async function moveFiles(
  { db }: OpenDatabase,
  config: AppConfig,
  toBucket: boolean,
): Promise<BlobCount> {
  const onDisk = await openDiskBlobs(`${config.dataDir}/blobs`);
  if (!toBucket) return await checkBlobs(db, onDisk);
  return await copyBlobs(db, {
    source: onDisk,
    target: await openBlobStore({ ...config, s3: bucketOf(config) }),
    onBlob: (done, copied) => note(`file ${done}: ${copied ? "sent" : "there"}, checked`),
  });
}

/** A job's delivery belongs to its database's queue and is made anew. */
async function deliverJobs(target: OpenDatabase): Promise<number> {
  const queue = new BossQueue(target);
  await queue.start();
  try {
    return await queue.deliverOpen();
  } finally {
    await queue.stop();
  }
}

function printReport({ tables, ledgerEvents, files, filesIn, jobsDelivered }: MoveReport): void {
  const width = Math.max(...tables.map(({ table }) => table.length));
  console.log(
    `${"table".padEnd(width)}  ${"rows".padStart(8)}  SHA-256 of the rows, equal on both`,
  );
  for (const { table, rows, sha256 } of tables) {
    console.log(`${table.padEnd(width)}  ${String(rows).padStart(8)}  ${sha256.slice(0, 16)}…`);
  }
  console.log(`ledger: ${ledgerEvents} events, the chain holds`);
  const where = filesIn === "bucket" ? "in the bucket" : "on this disk";
  console.log(`files: ${files.blobs}, ${files.bytes} bytes, each read ${where} and equal`);
  console.log(`jobs: ${jobsDelivered} waiting ones delivered`);
  const variables = filesIn === "bucket" ? "DATABASE_URL and the S3_ variables" : "DATABASE_URL";
  console.log(`Start the server with ${variables}. What is here was left as it is.`);
}
