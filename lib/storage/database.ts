// Opens the database: PostgreSQL embedded under the data directory, or a server by URL.

import { Kysely, type Logger, PostgresDialect } from "kysely";
import pg from "pg";
import type { Db as QueueDatabase } from "pg-boss";
import { countChanges, type DataChanges, noteChanges } from "./changes.ts";
import { type DirectoryLock, lockDirectory } from "./lock.ts";
import { type Notices, pgliteNotices, PostgresNotices } from "./notices.ts";
import { PgliteClient } from "./pglite_client.ts";
import { pgliteDialect } from "./pglite_dialect.ts";
import type { Database } from "./schema.ts";
import { copyBetweenStatements } from "./snapshot.ts";

export type Db = Kysely<Database>;

export interface OpenDatabase {
  db: Db;
  backend: "pglite" | "postgres";
  /** The same database as pg-boss wants it: plain SQL, outside any transaction of ours. */
  queueDatabase: QueueDatabase;
  /** Counts what is committed, by whomever. */
  changes: DataChanges;
  /** Runs `work` while no other server of this database runs any: servers may start together. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Copies the embedded database to a new directory; null for a server, which has its own ways. */
  snapshot: ((to: string) => Promise<void>) | null;
  /** What servers tell each other through it. */
  notices: Notices;
  /** Connections, or uses of the only one, by what they do. */
  connections(): Record<"busy" | "idle" | "waiting", number>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Called after each statement of the server's own with the time it took. */
  onQuery?: (ms: number, ok: boolean, sql: string) => void;
}

/**
 * @param config `dataDir` holds the embedded database unless `databaseUrl` names a server.
 * @throws {IntegrityError} when another server uses the same data directory.
 */
export async function openDatabase(
  config: { dataDir: string; databaseUrl?: string },
  options: DatabaseOptions = {},
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) return openPostgres(config.databaseUrl, options);
  const lock = await lockDirectory(config.dataDir);
  try {
    return await openPglite(`${config.dataDir}/pglite`, lock, options);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Kysely tells of each statement when it is done. */
function observed({ onQuery }: DatabaseOptions): Logger | undefined {
  if (onQuery === undefined) return undefined;
  return ({ level, queryDurationMillis, query }) =>
    onQuery(queryDurationMillis, level === "query", query.sql);
}

async function openPglite(
  directory: string,
  lock: DirectoryLock,
  options: DatabaseOptions,
): Promise<OpenDatabase> {
  const client = await PgliteClient.open(directory);
  const db = new Kysely<Database>({ dialect: pgliteDialect(client), log: observed(options) });
  const notices = await pgliteNotices(client);
  const changes = countChanges(notices);
  noteChanges(db, changes);
  return {
    db,
    backend: "pglite",
    queueDatabase: { executeSql: (text, values) => executeAlone(client, text, values) },
    changes,
    notices,
    // The data directory's lock has seen to it.
    exclusively: (work) => work(),
    snapshot: (to) => copyBetweenStatements(client, directory, to),
    connections: () => client.uses(),
    async close() {
      await db.destroy();
      await client.close();
      lock.release();
    },
  };
}

/** One statement, or several without parameters. A failure leaves no transaction open behind it. */
async function executeAlone(client: PgliteClient, text: string, values?: unknown[]) {
  const session = await client.acquire();
  try {
    // deno-lint-ignore no-explicit-any -- pg-boss reads rows untyped
    return await (values?.length ? session.query(text, values) : session.exec(text)) as any;
  } catch (error) {
    await session.exec("rollback");
    throw error;
  } finally {
    session.release();
  }
}

/**
 * A connection's first statements take 7 ms of processor time more than later ones, and many are
 * opened at the moment when many requests wait.
 */
const IDLE_MS = 10 * 60_000;

function openPostgres(connectionString: string, options: DatabaseOptions): OpenDatabase {
  const pool = new pg.Pool({
    connectionString,
    types: { getTypeParser },
    idleTimeoutMillis: IDLE_MS,
  });
  // A connection lost while idle is replaced by the next query, which is where an error counts.
  pool.on("error", () => {});
  const db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: observed(options),
  });
  const notices = new PostgresNotices(pool);
  const changes = countChanges(notices);
  noteChanges(db, changes);
  return {
    db,
    backend: "postgres",
    queueDatabase: {
      async executeSql(text, values) {
        const result = await pool.query(text, values);
        // Several statements in one text give one result each.
        return Array.isArray(result) ? { rows: result.flatMap((one) => one.rows) } : result;
      },
    },
    changes,
    notices,
    exclusively: (work) => whileLocked(pool, work),
    snapshot: null,
    connections: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    async close() {
      await notices.close();
      await db.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}

/** Any constant of our own: PostgreSQL's advisory locks share one number space. */
const START_LOCK = 0x7113;

/** The lock is a connection's: it goes with a server that is killed. */
async function whileLocked<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("select pg_advisory_lock($1)", [START_LOCK]);
    return await work();
  } finally {
    // Closed, not given back: nothing else may find itself holding the lock.
    client.release(true);
  }
}

/** int8 as a number: every count and byte length of ours is below 2^53. */
const getTypeParser =
  ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 && format !== "binary"
      ? Number
      // deno-lint-ignore no-explicit-any -- pg types this by overloads
      : pg.types.getTypeParser(oid, format as any)) as typeof pg.types.getTypeParser;
