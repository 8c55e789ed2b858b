// Saves a board as one file: what its database held at one moment, and the files named there.

import { sql } from "kysely";
import { IntegrityError } from "../../errors.ts";
import type { BlobStore } from "../blobs.ts";
import type { Db, OpenDatabase } from "../database.ts";
import { knownBlobs } from "../known_blobs.ts";
import { verifyLedger } from "../ledger.ts";
import { ArchiveWriter, type Manifest, MANIFEST_NAME } from "./archive.ts";

export interface SavedBackup {
  manifest: Manifest;
  files: { count: number; bytes: number };
}

export interface SaveOptions {
  /** A snapshot of the database, opened: that it opens is part of what is saved. */
  snapshot: OpenDatabase;
  /** Where its directory is. */
  directory: string;
  /** Files of the board; null when they are kept otherwise. */
  blobs: BlobStore | null;
  /** Must not exist. */
  file: string;
  now: Date;
  onFile: (done: number) => void;
}

/**
 * Closes the snapshot, so that it is saved as a database that was shut down.
 * @throws {IntegrityError} when the ledger does not hold: such a board is looked into, not saved.
 */
export async function saveBackup(options: SaveOptions): Promise<SavedBackup> {
  const { snapshot, directory, blobs, file, now } = options;
  const manifest = await describe(snapshot.db, now, blobs !== null);
  const named = blobs === null ? [] : await Array.fromAsync(knownBlobs(snapshot.db));
  await snapshot.close();
  const output = await Deno.open(file, { write: true, createNew: true, mode: 0o600 });
  const archive = new ArchiveWriter(output, now);
  const files = { count: 0, bytes: 0 };
  try {
    await archive.addBytes(MANIFEST_NAME, new TextEncoder().encode(JSON.stringify(manifest)));
    await addDirectory(archive, directory, "pglite");
    for (const { digest, byteLength, needed } of named.flat()) {
      if (!needed && !await blobs!.has(digest)) continue;
      await archive.addStream(`blobs/${digest}`, byteLength, await blobs!.open(digest));
      files.bytes += byteLength;
      options.onFile(++files.count);
    }
    await archive.finish();
    return { manifest, files };
  } catch (error) {
    await archive.abort(error);
    await Deno.remove(file);
    throw error;
  }
}

async function describe(db: Db, now: Date, files: boolean): Promise<Manifest> {
  const { ok, length, firstBad } = await verifyLedger(db);
  if (!ok) {
    throw new IntegrityError("The chain of the ledger does not hold", {
      expected: "each event to follow from the one before",
      got: `event ${firstBad} does not`,
      fix: "Find out what happened to it. An earlier backup may have it as it was.",
    });
  }
  const last = await db.selectFrom("ledger").select("hash").orderBy("seq", "desc").limit(1)
    .executeTakeFirst();
  const { rows: migrations } = await sql<{ name: string }>`
    select name from kysely_migration order by name`.execute(db);
  const { rows: [{ version }] } = await sql<{ version: string }>`
    select current_setting('server_version') as version`.execute(db);
  return {
    format: 1,
    createdAt: now.toISOString(),
    postgres: version,
    migrations: migrations.map(({ name }) => name),
    ledger: { events: length, hash: last?.hash ?? "" },
    files,
  };
}

async function addDirectory(archive: ArchiveWriter, path: string, name: string): Promise<void> {
  await archive.addDirectory(name);
  const entries = await Array.fromAsync(Deno.readDir(path));
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const [from, to] = [`${path}/${entry.name}`, `${name}/${entry.name}`];
    if (entry.isDirectory) {
      await addDirectory(archive, from, to);
    } else {
      const input = await Deno.open(from);
      await archive.addStream(to, (await input.stat()).size, input.readable);
    }
  }
}
