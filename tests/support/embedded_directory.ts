// Directories of the embedded database, made once and copied: initdb and the migrations take seconds
// of processor time in WebAssembly.

import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { createQueue } from "../../lib/queue/queue.ts";
import { type OpenDatabase, openDatabase } from "../../lib/storage/database.ts";
import { migrate, migrations } from "../../lib/storage/migrate.ts";

const ROOT = new URL("../../", import.meta.url);

/** A directory to be copied: without tables, or with all that a server has made, and no rows. */
export async function embeddedDirectory({ migrated }: { migrated: boolean }): Promise<string> {
  const made = await Deno.makeTempDir({ prefix: "tinyproof-made-" });
  const temporary = made.slice(0, made.lastIndexOf("/"));
  const kept = `${temporary}/tinyproof-test-pglite-${await nameOf(migrated)}`;
  try {
    await Deno.stat(kept);
  } catch {
    const opened = await openDatabase({ dataDir: made });
    if (migrated) await makeTables(opened);
    await opened.close();
    // Whoever renames first wins; the directory is the same either way.
    await Deno.rename(`${made}/pglite`, kept).catch(() => {});
  }
  await Deno.remove(made, { recursive: true });
  return kept;
}

/** Those of the migrations and those of the queue, which takes as long to make its own. */
async function makeTables(opened: OpenDatabase): Promise<void> {
  await migrate(opened.db);
  const queue = createQueue(opened);
  await queue.start();
  await queue.stop();
  await emptyTables(opened);
}

/**
 * Removes all rows but those that say which migrations ran. Without triggers, since the ledger's
 * refuses it; so the change has to be told of.
 */
export async function emptyTables({ queueDatabase }: OpenDatabase): Promise<void> {
  const { rows } = await queueDatabase.executeSql(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'public' and tablename not like 'kysely%'
       or schemaname = 'pgboss' and tablename <> 'version'`,
  );
  const tables = rows.map(({ name }: { name: string }) => name).join(", ");
  await queueDatabase.executeSql(
    `begin; set local session_replication_role = replica;
     truncate ${tables} restart identity cascade; commit; notify tinyproof_changes`,
  );
}

/** Of what makes the directory what it is: packages' versions and the text of the migrations. */
async function nameOf(migrated: boolean): Promise<string> {
  const version = versionOf("@electric-sql/pglite");
  if (!migrated) return version;
  // Those that this process has, in its order.
  const names = Object.keys(migrations);
  const files = [...names.map((name) => `migrations/${name}.ts`), "lib/storage/changes.ts"];
  const texts = await Promise.all(files.map((file) => Deno.readFile(new URL(file, ROOT))));
  return `${version}-${versionOf("pg-boss")}-${
    (await sha256Hex(utf8(names.join()), ...texts)).slice(0, 16)
  }`;
}

function versionOf(name: string): string {
  return import.meta.resolve(name).match(/@(\d[\d.]*)\//)?.[1] ?? "unversioned";
}
