// Moves what a board holds from one database to another: tables, sequences, and the proof that
// nothing changed on the way. Knows nothing of files and queues.

import { sql } from "kysely";
import { IntegrityError, ValidationError } from "../../errors.ts";
import { type LedgerCheck, verifyLedger } from "../ledger.ts";
import type { Db } from "../database.ts";
import { copyTable } from "./copy_table.ts";
import { digestTable, isEmpty, type TableDigest } from "./table_digest.ts";
import { type AnyDb, sequencesOf, setSequence, type Table, tablesOf } from "./tables.ts";

/** PostgreSQL 15, as `server_version_num` writes it. */
const OLDEST_VERSION = 150_000;

export interface MovedTable extends TableDigest {
  table: string;
  /** False when an earlier, interrupted move had brought it there. */
  copied: boolean;
}

export interface MoveOptions {
  source: Db;
  /** Migrated like the source. */
  target: Db;
  /** Go on with a move that was interrupted. */
  resume: boolean;
  onTable: (moved: MovedTable) => void;
}

/**
 * Copies each table in a transaction of its own and compares counts and digests on both sides.
 *
 * @throws {ValidationError} when the target cannot be used or holds rows already; with `resume`,
 *   only when it holds other rows than the source.
 * @throws {IntegrityError} when a table is not the same afterwards.
 */
export async function moveTables(
  { source, target, resume, onTable }: MoveOptions,
): Promise<{ tables: MovedTable[]; ledger: LedgerCheck }> {
  await mustSuit(target);
  const tables = await sharedTables(source, target);
  if (!resume) await mustBeEmpty(target, tables);
  const moved: MovedTable[] = [];
  for (const table of tables) {
    moved.push(await moveTable(source, target, table));
    onTable(moved[moved.length - 1]);
  }
  for (const sequence of await sequencesOf(source)) await setSequence(target, sequence);
  const ledger = await verifyLedger(target);
  if (!ledger.ok) {
    throw new IntegrityError("The chain of the ledger does not hold", {
      expected: "each event to follow from the one before",
      got: `event ${ledger.firstBad} does not`,
      fix: "Find out what happened to the source's ledger first.",
    });
  }
  return { tables: moved, ledger };
}

async function moveTable(source: Db, target: Db, table: Table): Promise<MovedTable> {
  const here = await digestTable(source, table);
  const copied = await isEmpty(target, table.name) && here.rows > 0;
  if (copied) await copyTable(source, target, table);
  const there = await digestTable(target, table);
  if (here.sha256 === there.sha256 && here.rows === there.rows) {
    return { table: table.name, ...here, copied };
  }
  const difference = {
    expected: `${here.rows} rows of SHA-256 ${here.sha256}`,
    got: `${there.rows} rows of SHA-256 ${there.sha256}`,
  };
  if (copied) {
    throw new IntegrityError(`Table ${table.name} came out different`, {
      ...difference,
      fix: "Report this, with the versions of both databases. The source is unchanged.",
    });
  }
  throw new ValidationError(`The target's table ${table.name} holds other rows than the source`, {
    ...difference,
    fix: "Move into an empty database: something has written to this one.",
  });
}

async function mustSuit(target: Db): Promise<void> {
  const { rows: [{ version, encoding }] } = await sql<{ version: number; encoding: string }>`
    select current_setting('server_version_num')::int as version,
      current_setting('server_encoding') as encoding`.execute(target);
  if (version >= OLDEST_VERSION && encoding === "UTF8") return;
  throw new ValidationError("The target database cannot be used", {
    expected: "PostgreSQL 15 or newer with encoding UTF8",
    got: `${Math.floor(version / 10_000)} with encoding ${encoding}`,
    fix: "Create it with: create database NAME encoding 'UTF8' template template0",
  });
}

/** Both are migrated by this program, so only a hand or another version can have made them differ. */
async function sharedTables(source: AnyDb, target: AnyDb): Promise<Table[]> {
  const [here, there] = [await tablesOf(source), await tablesOf(target)];
  const shape = (tables: Table[]) => JSON.stringify(tables);
  if (shape(here) === shape(there)) return here;
  const names = (tables: Table[]) => tables.map(({ name }) => name).join(", ");
  throw new ValidationError("The tables of both databases differ", {
    expected: names(here),
    got: names(there),
    fix: "Use the same version of this program on both, and a database of its own.",
  });
}

async function mustBeEmpty(target: Db, tables: Table[]): Promise<void> {
  const filled: string[] = [];
  for (const { name } of tables) if (!await isEmpty(target, name)) filled.push(name);
  if (filled.length === 0) return;
  throw new ValidationError("The target database is not empty", {
    expected: "tables without rows",
    got: `rows in ${filled.join(", ")}`,
    fix: "Create another database, or add --resume to go on with an interrupted move.",
  });
}
