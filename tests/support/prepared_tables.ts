// The tables of a server in an empty database: making them takes seconds of processor time, so it is
// done once and copied.

import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { BossQueue } from "../../lib/queue/boss_queue.ts";
import type { OpenDatabase } from "../../lib/storage/database.ts";
import { migrate, migrations } from "../../lib/storage/migrate.ts";
import { versionOf } from "./made_once.ts";

const ROOT = new URL("../../", import.meta.url);

/** Those of the migrations and those of the queue, which takes as long to make its own. */
export async function makeTables(opened: OpenDatabase): Promise<void> {
  await migrate(opened.db);
  const queue = new BossQueue(opened);
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

/** Another name for other tables: the queue's version and the text of this process' migrations. */
export async function tablesName(): Promise<string> {
  const names = Object.keys(migrations);
  const files = [...names.map((name) => `migrations/${name}.ts`), "lib/storage/changes.ts"];
  const texts = await Promise.all(files.map((file) => Deno.readFile(new URL(file, ROOT))));
  const digest = await sha256Hex(utf8(names.join()), ...texts);
  return `${versionOf("pg-boss")}-${digest.slice(0, 16)}`;
}
