// Databases for tests: the embedded one and a throwaway PostgreSQL cluster, both removed at the end.

import { type OpenDatabase, openDatabase } from "../../lib/storage/database.ts";
import { migrate } from "../../lib/storage/migrate.ts";
import { copyDirectory } from "../../lib/storage/snapshot.ts";
import { embeddedDirectory, emptyTables } from "./embedded_directory.ts";

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

function postgresBinaries(): string | null {
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map((entry) => entry.name);
    versions.sort((a, b) => Number(b) - Number(a));
    return versions.length === 0 ? null : `/usr/lib/postgresql/${versions[0]}/bin`;
  } catch {
    return null;
  }
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
      await admin.queueDatabase.executeSql(`create database ${name}`);
      await admin.close();
      const dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      const opened = await openDatabase({ dataDir, databaseUrl: url(name) });
      return await prepare(dataDir, opened, migrated, url(name));
    },
    close: async () => await (await cluster)?.stop(),
  };
}

interface Cluster {
  url(database: string): string;
  stop(): Promise<void>;
}

/** A cluster of its own, reached by a unix socket only. */
async function startCluster(binaries: string): Promise<Cluster> {
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-postgres-" });
  if (Deno.uid() === 0) await run("chown", [UNPRIVILEGED, directory]);
  const asUser = (name: string, args: string[]) => {
    const command = `${binaries}/${name}`;
    // PostgreSQL refuses to run as root.
    return Deno.uid() === 0
      ? run("setpriv", [
        `--reuid=${UNPRIVILEGED}`,
        `--regid=${UNPRIVILEGED}`,
        "--clear-groups",
        command,
        ...args,
      ])
      : run(command, args);
  };
  const data = `${directory}/data`;
  await asUser("initdb", ["-D", data, "-U", "tester", "-A", "trust", "-N", "-E", "UTF8"]);
  const settings = `-c listen_addresses= -c fsync=off -c unix_socket_directories=${directory}`;
  await asUser("pg_ctl", ["-D", data, "-w", "-o", settings, "-l", `${directory}/log`, "start"]);
  return {
    url: (name) => `postgres://tester@/${name}?host=${encodeURIComponent(directory)}`,
    async stop() {
      await asUser("pg_ctl", ["-D", data, "-m", "immediate", "-w", "stop"]);
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Debian's "nobody". */
const UNPRIVILEGED = "65534";

async function run(command: string, args: string[]): Promise<void> {
  const output = await new Deno.Command(command, {
    args,
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!output.success) {
    throw new Error(`${command} ${args[0]} failed: ${new TextDecoder().decode(output.stderr)}`);
  }
}
