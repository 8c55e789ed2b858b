// Where a program on the same machine asks a running server for a copy of its database: a socket in
// the data directory, so whoever may use the directory may ask, and nobody else.

import { IntegrityError } from "../../errors.ts";

export interface BackupDoor {
  close(): Promise<void>;
}

export interface SnapshotPlace {
  /** The server's data directory, which is locked. */
  dataDir: string;
  /** Copies the database's directory to a path that does not exist. */
  snapshot: (to: string) => Promise<void>;
}

/** No backup takes this long. */
const STALE_MS = 24 * 3600_000;

type Answer = { directory: string } | { error: string };

const socketPath = (dataDir: string) => `${dataDir}/backup.sock`;

/**
 * Answers each connection with the path of a new snapshot, as openDatabase takes it.
 * @throws where no socket can be made: its path may be too long, or the system have none.
 */
export async function openBackupDoor(place: SnapshotPlace): Promise<BackupDoor> {
  const { dataDir } = place;
  // What an earlier server left: the lock says that it is gone.
  await Deno.remove(socketPath(dataDir)).catch(() => {});
  await removeStale(snapshotsIn(dataDir));
  const listener = Deno.listen({ transport: "unix", path: socketPath(dataDir) });
  await Deno.chmod(socketPath(dataDir), 0o600);
  const serving = serve(listener, place);
  return {
    async close() {
      listener.close();
      await serving;
      await Deno.remove(socketPath(dataDir)).catch(() => {});
    },
  };
}

/** One after the other: two copies at once only stop the database twice as long. */
async function serve(listener: Deno.UnixListener, place: SnapshotPlace): Promise<void> {
  for await (const connection of listener) {
    const answer = await takeSnapshot(place).then(
      (directory): Answer => ({ directory }),
      (error): Answer => ({ error: String(error) }),
    );
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    await connection.write(bytes).catch(() => {});
    connection.close();
  }
}

/** A directory with `pglite/` in it, readable by its owner alone. The caller removes it. */
export async function takeSnapshot({ dataDir, snapshot }: SnapshotPlace): Promise<string> {
  const directory = `${snapshotsIn(dataDir)}/${crypto.randomUUID()}`;
  await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    await snapshot(`${directory}/pglite`);
    return directory;
  } catch (error) {
    await Deno.remove(directory, { recursive: true });
    throw error;
  }
}

/**
 * The running server's snapshot, or null when no server is at the door.
 * @throws {IntegrityError} when the server could not make one.
 */
export async function askForSnapshot(dataDir: string): Promise<string | null> {
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: socketPath(dataDir) });
  } catch {
    return null;
  }
  const text = await new Response(connection.readable).text();
  const answer: Answer = text === "" ? { error: "it ended" } : JSON.parse(text);
  if ("directory" in answer) return answer.directory;
  throw new IntegrityError(`The server could not copy its database: ${answer.error}`, {
    fix: "See that the disk is not full, then ask again.",
  });
}

/** Snapshots whose backup was killed. Younger ones may still be read. */
async function removeStale(directory: string): Promise<void> {
  const found = await Array.fromAsync(Deno.readDir(directory)).catch(() => []);
  for (const { name } of found) {
    const { mtime } = await Deno.stat(`${directory}/${name}`);
    if (mtime !== null && Date.now() - mtime.getTime() < STALE_MS) continue;
    await Deno.remove(`${directory}/${name}`, { recursive: true });
  }
}

function snapshotsIn(dataDir: string): string {
  return `${dataDir}/snapshots`;
}
