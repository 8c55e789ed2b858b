// Databases for tests: the embedded one and a throwaway PostgreSQL cluster, both removed at the end.

import { type OpenDatabase, openDatabase } from "../../lib/storage/database.ts";
import { migrate } from "../../lib/storage/migrate.ts";
import { copyDirectory } from "../../lib/storage/snapshot.ts";
import { embeddedDirectory } from "./embedded_directory.ts";
import { type Cluster, MIGRATED, postgresBinaries, startCluster } from "./postgres_cluster.ts";
import { emptyTables } from "./prepared_tables.ts";

export interface TestDatabase extends OpenDatabase {
  /** A directory for this database's server, removed on close. */
  dataDir: string;
  databaseUrl?: string;
  close(options?: { keepFiles?: boolean }): Promise<void>;
}

export interface TestBackend {
  name: "pglite" | "postgres";
  /** A migrated, empty database of the caller's own. */
  open(options?: { migrated?: boolean }): Promise<TestDatabase>;
  close(): Promise<void>;
}

/** Both backends; PostgreSQL is left out where its binaries are not installed, unless required. */
export function testBackends(): TestBackend[] {
  const binaries = postgresBinaries();
  if (binaries === null && Deno.env.get("TINYPROOF_REQUIRE_POSTGRES") === "1") {
    throw new Error("TINYPROOF_REQUIRE_POSTGRES=1, but no PostgreSQL in /usr/lib/postgresql/*/bin");
  }
  const backends = binaries === null
    ? [pgliteBackend()]
    : [pgliteBackend(), postgresBackend(binaries)];
  return backends.map(reusing);
}

/** Opening and migrating costs seconds of processor time: a database is emptied and used again. */
function reusing(backend: TestBackend): TestBackend {
  const idle: TestDatabase[] = [];
  return {
    name: backend.name,
    async open({ migrated = true } = {}) {
      if (!migrated) return backend.open({ migrated });
      const opened = idle.pop() ?? await backend.open();
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      return {
        ...opened,
        dataDir,
        async close() {
          await emptyTables(opened);
          await Deno.remove(dataDir, { recursive: true });
          idle.push(opened);
        },
      };
    },
    async close() {
      for (const opened of idle.splice(0)) await opened.close();
      await backend.close();
    },
  };
}

export function pgliteBackend(): TestBackend {
  return {
    name: "pglite",
    async open({ migrated = true } = {}) {
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      await copyDirectory(await embeddedDirectory({ migrated }), `${dataDir}/pglite`);
      return await prepare(dataDir, await openDatabase({ dataDir }), migrated);
    },
    close: () => Promise.resolve(),
  };
}

/** An embedded database like that of a server that was closed, with all files beside it. */
export async function openCopy(directory: string): Promise<TestDatabase> {
  const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
  await Deno.remove(dataDir);
  await copyDirectory(directory, dataDir);
  return await prepare(dataDir, await openDatabase({ dataDir }), true);
}

async function prepare(
  dataDir: string,
  opened: OpenDatabase,
  migrated: boolean,
  databaseUrl?: string,
): Promise<TestDatabase> {
  if (migrated) await migrate(opened.db);
  return {
    ...opened,
    dataDir,
    databaseUrl,
    async close({ keepFiles = false } = {}) {
      await opened.close();
      if (!keepFiles) await Deno.remove(dataDir, { recursive: true });
    },
  };
}

function postgresBackend(binaries: string): TestBackend {
  let cluster: Promise<Cluster> | null = null;
  let databases = 0;
  return {
    name: "postgres",
    async open({ migrated = true } = {}) {
      const { url } = await (cluster ??= startCluster(binaries));
      const name = `test_${++databases}`;
      const admin = await openDatabase({ dataDir: "", databaseUrl: url("postgres") });
      const template = migrated ? MIGRATED : "template1";
      await admin.queueDatabase.executeSql(`create database ${name} template ${template}`);
      await admin.close();
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      const opened = await openDatabase({ dataDir, databaseUrl: url(name) });
      return await prepare(dataDir, opened, migrated, url(name));
    },
    close: async () => await (await cluster)?.stop(),
  };
}
