// Opens the database: PostgreSQL embedded under the data directory, or a server by URL.

import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Db as QueueDatabase } from "pg-boss";
import { type DataChanges, noteChanges, pgliteChanges, postgresChanges } from "./changes.ts";
import { type DirectoryLock, lockDirectory } from "./lock.ts";
import { PgliteClient } from "./pglite_client.ts";
import { pgliteDialect } from "./pglite_dialect.ts";
import type { Database } from "./schema.ts";

export type Db = Kysely<Database>;

export interface OpenDatabase {
  db: Db;
  backend: "pglite" | "postgres";
  /** The same database as pg-boss wants it: plain SQL, outside any transaction of ours. */
  queueDatabase: QueueDatabase;
  /** Counts what is committed, by whomever. */
  changes: DataChanges;
  close(): Promise<void>;
}

/**
 * @param config `dataDir` holds the embedded database unless `databaseUrl` names a server.
 * @throws {IntegrityError} when another server uses the same data directory.
 */
export async function openDatabase(
  config: { dataDir: string; databaseUrl?: string },
): Promise<OpenDatabase> {
  if (config.databaseUrl !== undefined) return openPostgres(config.databaseUrl);
  const lock = await lockDirectory(config.dataDir);
  try {
    return await openPglite(await PgliteClient.open(`${config.dataDir}/pglite`), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openPglite(client: PgliteClient, lock: DirectoryLock): Promise<OpenDatabase> {
  const db = new Kysely<Database>({ dialect: pgliteDialect(client) });
  const changes = await pgliteChanges(client);
  noteChanges(db, changes);
  return {
    db,
    backend: "pglite",
    queueDatabase: { executeSql: (text, values) => executeAlone(client, text, values) },
    changes,
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

function openPostgres(connectionString: string): OpenDatabase {
  const pool = new pg.Pool({ connectionString, types: { getTypeParser } });
  // A connection lost while idle is replaced by the next query, which is where an error counts.
  pool.on("error", () => {});
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const changes = postgresChanges(pool);
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
    async close() {
      await changes.close();
      await db.destroy();
      if (!pool.ended) await pool.end();
    },
  };
}

/** int8 as a number: every count and byte length of ours is below 2^53. */
const getTypeParser =
  ((oid: number, format?: "text" | "binary") =>
    oid === pg.types.builtins.INT8 && format !== "binary"
      ? Number
      // deno-lint-ignore no-explicit-any -- pg types this by overloads
      : pg.types.getTypeParser(oid, format as any)) as typeof pg.types.getTypeParser;
