// restore: brings back what backup saved.

import { bucketOf } from "../lib/config.ts";
import { NotFoundError } from "../lib/errors.ts";
import { restoreBackup } from "../lib/storage/backup/restore.ts";
import { openBlobStore } from "../lib/storage/open_blobs.ts";
import { embeddedConfig } from "./backup.ts";
import { type Arguments, type Command, JSON_OPTION } from "./command.ts";
import { note, printJson } from "./output.ts";

export const RESTORE: Command = {
  name: "restore",
  summary:
    "Brings a backup back into TINYPROOF_DATA, which must hold no database yet. Everything is checked\n" +
    "first: every byte, the ledger's chain, every file's digest.",
  operands: ["FILE"],
  options: { json: JSON_OPTION },
  example: "restore board-2026-11-27.tar",
  run: restore,
};

async function restore(args: Arguments): Promise<void> {
  const [file] = args.positionals;
  const config = embeddedConfig("cli restore");
  if (await Deno.stat(file).catch(() => null) === null) throw new NotFoundError(`No file ${file}`);
  const { manifest, files } = await restoreBackup({
    ...{ file, dataDir: config.dataDir },
    blobs: await openBlobStore({ ...config, s3: bucketOf(config) }),
    onFile: (done) => done % 100 === 0 && note(`${done} files`),
  });
  if (args.flag("json")) return printJson({ dataDir: config.dataDir, ...manifest, files });
  console.log(`Restored to ${config.dataDir}, as it was at ${manifest.createdAt}`);
  console.log(`ledger: ${manifest.ledger.events} events, the chain holds`);
  console.log(`files: ${files.blobs}, ${files.bytes} bytes, each read and equal`);
}
