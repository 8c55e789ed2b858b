// Brings a saved board back, once everything in it was found to be what it was.

import { IntegrityError, ValidationError } from "../../errors.ts";
import type { BlobStore } from "../blobs.ts";
import { openDatabase } from "../database.ts";
import { openDiskBlobs } from "../disk_blobs.ts";
import { verifyLedger } from "../ledger.ts";
import { lockDirectory } from "../lock.ts";
import { migrations } from "../migrate.ts";
import { type BlobCount, checkBlobs, copyBlobs } from "../transfer/copy_blobs.ts";
import { type Entry, type Manifest, readArchive } from "./archive.ts";

export interface RestoreOptions {
  file: string;
  /** Holds no database yet. */
  dataDir: string;
  /** Where this installation keeps files. */
  blobs: BlobStore;
  onFile: (done: number) => void;
}

export interface RestoredBackup {
  manifest: Manifest;
  files: BlobCount;
}

/**
 * Unpacks into a directory of its own, opens the database there, checks the ledger and every file,
 * and only then puts them where a server looks.
 *
 * @throws {ValidationError} when there is a database already, or the file is no whole backup.
 * @throws {IntegrityError} when what it holds is not what was saved.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoredBackup> {
  const { dataDir } = options;
  const lock = await lockDirectory(dataDir);
  const temporary = `${dataDir}/restoring-${crypto.randomUUID()}`;
  try {
    await mustHoldNone(dataDir);
    await Deno.mkdir(temporary, { mode: 0o700 });
    const manifest = await unpack(options.file, temporary);
    const files = await bringFiles(options, temporary, manifest);
    await Deno.rename(`${temporary}/pglite`, `${dataDir}/pglite`);
    return { manifest, files };
  } finally {
    await Deno.remove(temporary, { recursive: true }).catch(() => {});
    lock.release();
  }
}

async function mustHoldNone(dataDir: string): Promise<void> {
  if (await Deno.stat(`${dataDir}/pglite`).catch(() => null) === null) return;
  throw new ValidationError(`There is a database in ${dataDir}`, {
    expected: "a data directory without one",
    got: `${dataDir}/pglite`,
    fix: "Set TINYPROOF_DATA to a new directory, or move the old pglite/ away.",
  });
}

async function unpack(file: string, temporary: string): Promise<Manifest> {
  const input = await Deno.open(file);
  let manifest: Manifest | null = null;
  await Deno.mkdir(`${temporary}/blobs`);
  await readArchive(
    input.readable,
    (read) => manifest = mustBeKnown(read),
    (entry, bytes) => unpackEntry(temporary, entry, bytes),
  );
  return manifest!;
}

function mustBeKnown(manifest: Manifest): Manifest {
  const unknown = manifest.migrations.filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return manifest;
  throw new ValidationError("The backup is of a newer version of this program", {
    expected: `a database no newer than ${Object.keys(migrations).pop()}`,
    got: unknown.join(", "),
    fix: "Restore it with the version that made it, or a later one.",
  });
}

/** Nothing but plain names below pglite/ and digests below blobs/ is ever written. */
const DATABASE_NAME = /^pglite(\/[\w-][\w.-]*)*$/;
const BLOB_NAME = /^blobs\/([0-9a-f]{64})$/;

async function unpackEntry(
  temporary: string,
  { name, isDirectory }: Entry,
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const digest = BLOB_NAME.exec(name)?.[1];
  if (isDirectory && DATABASE_NAME.test(name)) {
    await Deno.mkdir(`${temporary}/${name}`, { recursive: true, mode: 0o700 });
    for await (const _ of bytes);
  } else if (!isDirectory && DATABASE_NAME.test(name)) {
    await Deno.writeFile(`${temporary}/${name}`, bytes, { createNew: true });
  } else if (!isDirectory && digest !== undefined) {
    await Deno.mkdir(`${temporary}/blobs/${digest.slice(0, 2)}`, { recursive: true });
    // Its digest is compared when it is copied to its place.
    const path = `${temporary}/blobs/${digest.slice(0, 2)}/${digest}`;
    await Deno.writeFile(path, bytes, { createNew: true });
  } else {
    throw new ValidationError("The backup holds something that no backup has", {
      expected: "pglite/… and blobs/…",
      got: name.slice(0, 120),
      fix: "Do not use it: it was made by something else.",
    });
  }
}

async function bringFiles(
  { blobs, onFile }: RestoreOptions,
  temporary: string,
  manifest: Manifest,
): Promise<BlobCount> {
  const database = await openDatabase({ dataDir: temporary }).catch((error) => {
    throw new ValidationError("The database in the backup cannot be opened", {
      expected: "a database of the PostgreSQL that is built in here",
      got: `one of PostgreSQL ${manifest.postgres}: ${Object(error).message}`,
      fix: "Restore it with the version of this program that made it.",
    });
  });
  try {
    const { ok, length } = await verifyLedger(database.db);
    const last = await database.db.selectFrom("ledger").select("hash").orderBy("seq", "desc")
      .limit(1).executeTakeFirst();
    const { events, hash } = manifest.ledger;
    if (!ok || length !== events || (last?.hash ?? "") !== hash) {
      throw new IntegrityError("The ledger in the backup is not the one that was saved", {
        expected: `${events} events that end in ${hash}`,
        got: `${length} events that end in ${last?.hash}${ok ? "" : ", and do not hold"}`,
        fix: "Use another backup. Nothing was restored.",
      });
    }
    if (!manifest.files) return await checkBlobs(database.db, blobs);
    return await copyBlobs(database.db, {
      source: await openDiskBlobs(`${temporary}/blobs`),
      target: blobs,
      onBlob: onFile,
    });
  } finally {
    await database.close();
  }
}
