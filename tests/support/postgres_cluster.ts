// A throwaway PostgreSQL cluster: a copy of one that was made once, with a database that has all
// tables.

import { openDatabase } from "../../lib/storage/database.ts";
import { madeOnce } from "./made_once.ts";
import { makeTables, tablesName } from "./prepared_tables.ts";

/** A database of every cluster, to be copied. */
export const MIGRATED = "migrated";

/** Of the newest version installed; null where there is none. */
export function postgresBinaries(): string | null {
  try {
    const versions = [...Deno.readDirSync("/usr/lib/postgresql")].map((entry) => entry.name);
    versions.sort((a, b) => Number(b) - Number(a));
    return versions.length === 0 ? null : `/usr/lib/postgresql/${versions[0]}/bin`;
  } catch {
    return null;
  }
}

export interface Cluster {
  url(database: string): string;
  stop(): Promise<void>;
}

/** A cluster of its own, reached by a unix socket only. */
export async function startCluster(binaries: string): Promise<Cluster> {
  const made = await madeOnce("postgres", await versionName(binaries), async (temporary) => {
    await give(temporary);
    await initialise(binaries, temporary);
    const cluster = await startIn(temporary, binaries);
    await prepare(cluster.url);
    await cluster.stop();
    return `${temporary}/data`;
  });
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-postgres-" });
  await give(directory);
  await run("cp", ["-a", made, `${directory}/data`]);
  const { url, stop } = await startIn(directory, binaries);
  return {
    url,
    async stop() {
      await stop("immediate");
      await Deno.remove(directory, { recursive: true });
    },
  };
}

async function versionName(binaries: string): Promise<string> {
  const [, version] = /(\d+)\/bin$/.exec(binaries) ?? [];
  return `${version}-${await tablesName()}`;
}

async function initialise(binaries: string, directory: string): Promise<void> {
  const options = ["-U", "tester", "-A", "trust", "-N", "-E", "UTF8"];
  await asUser(`${binaries}/initdb`, ["-D", `${directory}/data`, ...options]);
}

/** A database with all tables, for others to be copied from. */
async function prepare(url: Cluster["url"]): Promise<void> {
  const admin = await openDatabase({ dataDir: "", databaseUrl: url("postgres") });
  await admin.queueDatabase.executeSql(`create database ${MIGRATED}`);
  await admin.close();
  const opened = await openDatabase({ dataDir: "", databaseUrl: url(MIGRATED) });
  await makeTables(opened);
  await opened.close();
}

/** The cluster of a directory that holds its `data`. */
async function startIn(directory: string, binaries: string) {
  const control = ["-D", `${directory}/data`, "-w"];
  const settings = `-c listen_addresses= -c fsync=off -c unix_socket_directories=${directory}`;
  const start = ["-o", settings, "-l", `${directory}/log`, "start"];
  await asUser(`${binaries}/pg_ctl`, [...control, ...start]);
  return {
    url: (name: string) => `postgres://tester@/${name}?host=${encodeURIComponent(directory)}`,
    stop: (mode = "fast") => asUser(`${binaries}/pg_ctl`, [...control, "-m", mode, "stop"]),
  };
}

/** PostgreSQL refuses to run as root. */
function asUser(command: string, args: string[]): Promise<void> {
  if (Deno.uid() !== 0) return run(command, args);
  const user = [`--reuid=${UNPRIVILEGED}`, `--regid=${UNPRIVILEGED}`, "--clear-groups"];
  return run("setpriv", [...user, command, ...args]);
}

/** Lets that user write there. */
async function give(directory: string): Promise<void> {
  if (Deno.uid() === 0) await run("chown", [UNPRIVILEGED, directory]);
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
