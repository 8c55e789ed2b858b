// backup: saves an embedded installation as one file, whether its server runs or not.

import { bucketOf, configFromEnv } from "../lib/config.ts";
import { ValidationError } from "../lib/errors.ts";
import { askForSnapshot, takeSnapshot } from "../lib/storage/backup/door.ts";
import { saveBackup, type SavedBackup } from "../lib/storage/backup/save.ts";
import { openDatabase } from "../lib/storage/database.ts";
import { lockDirectory } from "../lib/storage/lock.ts";
import { openBlobStore } from "../lib/storage/open_blobs.ts";
import { copyDirectory } from "../lib/storage/snapshot.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { note, printJson } from "./output.ts";

export const BACKUP: Command = {
  name: "backup",
  summary:
    "Saves the embedded installation in TINYPROOF_DATA as one file: its database as it is now, and\n" +
    "every file named there. The server may run. The file holds secrets: keep it like the original.",
  operands: [],
  options: {
    out: { type: "string", value: "FILE", help: "a new file" },
    "no-files": { type: "boolean", help: "the database alone: files are kept otherwise" },
    json: JSON_OPTION,
  },
  example: "backup --out board-2026-11-27.tar",
  run: backup,
};

async function backup(args: Arguments): Promise<void> {
  const file = args.required("out");
  const config = embeddedConfig("cli backup");
  const { dataDir } = config;
  await mustBeNew(file);
  const directory = await snapshotOf(dataDir);
  const partial = `${file}.partial-${Deno.pid}`;
  try {
    const saved = await saveBackup({
      snapshot: await openDatabase({ dataDir: directory }),
      directory: `${directory}/pglite`,
      blobs: args.flag("no-files")
        ? null
        : await openBlobStore({ ...config, s3: bucketOf(config) }),
      file: partial,
      now: new Date(),
      onFile: (done) => done % 100 === 0 && note(`${done} files`),
    });
    await mustBeNew(file);
    await Deno.rename(partial, file);
    print(args, file, saved);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** @throws {ValidationError} when the settings name a server: its own tools save it. */
export function embeddedConfig(command: string): ReturnType<typeof configFromEnv> {
  const config = configFromEnv(Deno.env.toObject());
  if (config.databaseUrl === undefined) return config;
  throw new ValidationError(`${command} is for the embedded database`, {
    expected: "no DATABASE_URL",
    got: "a PostgreSQL server",
    fix: "Use pg_dump and pg_restore, and copy the files or the bucket: see docs/storage.md.",
  });
}

/** From the running server, or from the directory itself when none runs. */
async function snapshotOf(dataDir: string): Promise<string> {
  const asked = await askForSnapshot(dataDir);
  if (asked !== null) return asked;
  if (await Deno.stat(`${dataDir}/pglite`).catch(() => null) === null) {
    throw new ValidationError(`There is no embedded database in ${dataDir}`, {
      expected: "the directory that the server was given as TINYPROOF_DATA",
      got: "a directory without pglite/",
      fix: "Set TINYPROOF_DATA as the server has it.",
    });
  }
  const lock = await lockDirectory(dataDir);
  try {
    return await takeSnapshot({
      dataDir,
      snapshot: (to) => copyDirectory(`${dataDir}/pglite`, to),
    });
  } finally {
    lock.release();
  }
}

async function mustBeNew(file: string): Promise<void> {
  if (await Deno.stat(file).catch(() => null) === null) return;
  throw new ValidationError(`There is a file ${file}`, {
    expected: "a name that nothing has",
    got: file,
    fix: "Choose another name, or remove that file.",
  });
}

function print(args: Arguments, file: string, { manifest, files }: SavedBackup): void {
  const { size } = Deno.statSync(file);
  if (args.flag("json")) return printJson({ file, bytes: size, ...manifest, saved: files });
  console.log(`${file}: ${size} bytes`);
  console.log(`ledger: ${manifest.ledger.events} events, the chain holds`);
  console.log(manifest.files ? `files: ${files.count}, ${files.bytes} bytes` : "files: left out");
}
