// A backup as one tar file: a description, the database's directory, files, and at the end a digest
// over all of it, so that a backup that was cut short or changed is known.

import { createHash } from "node:crypto";
import { createTarDecoder, createTarPacker, type TarHeader } from "modern-tar";
import { z } from "zod";
import { TinyproofError, ValidationError } from "../../errors.ts";

export const MANIFEST_NAME = "tinyproof-backup.json";
const END_NAME = "end.json";

export const manifestSchema = z.object({
  format: z.literal(1),
  createdAt: z.iso.datetime(),
  /** Of the database that was saved, as it calls itself. */
  postgres: z.string(),
  /** Names of the migrations it has. */
  migrations: z.array(z.string()),
  ledger: z.object({ events: z.int().min(0), hash: z.string() }),
  /** False when files are kept otherwise. */
  files: z.boolean(),
});
export type Manifest = z.infer<typeof manifestSchema>;

const endSchema = z.object({ entries: z.int(), sha256: z.string() });

export interface Entry {
  name: string;
  byteLength: number;
  isDirectory: boolean;
}

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>;

/** SHA-256 over name, length and bytes of every entry in turn. */
class RunningDigest {
  readonly #hash = createHash("sha256");
  #entries = 0;

  begin({ name, byteLength, isDirectory }: Entry): void {
    this.#entries++;
    this.#hash.update(JSON.stringify([name, byteLength, isDirectory]));
  }

  async *passing(bytes: Bytes): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for await (const chunk of bytes) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  end(): z.infer<typeof endSchema> {
    return { entries: this.#entries, sha256: this.#hash.digest("hex") };
  }
}

export class ArchiveWriter {
  readonly #tar = createTarPacker();
  readonly #digest = new RunningDigest();
  readonly #written: Promise<void>;
  readonly #mtime: Date;

  /** @param file open for writing; closed by `finish` and by a failure. */
  constructor(file: Deno.FsFile, mtime: Date) {
    this.#mtime = mtime;
    this.#written = this.#tar.readable.pipeTo(file.writable);
    // Looked at in finish(): until then it must not end the process.
    this.#written.catch(() => {});
  }

  async addDirectory(name: string): Promise<void> {
    await this.#add({ name, byteLength: 0, isDirectory: true }, ReadableStream.from([]));
  }

  async addBytes(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const entry = { name, byteLength: bytes.length, isDirectory: false };
    await this.#add(entry, ReadableStream.from([bytes]));
  }

  async addStream(name: string, byteLength: number, bytes: Bytes): Promise<void> {
    await this.#add({ name, byteLength, isDirectory: false }, bytes);
  }

  async finish(): Promise<void> {
    const end = new TextEncoder().encode(JSON.stringify(this.#digest.end()));
    const entry = { name: END_NAME, byteLength: end.length, isDirectory: false };
    await this.#write(entry, ReadableStream.from([end]));
    this.#tar.controller.finalize();
    await this.#written;
  }

  async abort(error: unknown): Promise<void> {
    this.#tar.controller.error(error);
    await this.#written.catch(() => {});
  }

  async #add(entry: Entry, bytes: Bytes): Promise<void> {
    this.#digest.begin(entry);
    await this.#write(entry, ReadableStream.from(this.#digest.passing(bytes)));
  }

  async #write(entry: Entry, bytes: Bytes): Promise<void> {
    const header: TarHeader = {
      name: entry.isDirectory ? `${entry.name}/` : entry.name,
      size: entry.byteLength,
      type: entry.isDirectory ? "directory" : "file",
      mode: entry.isDirectory ? 0o700 : 0o600,
      mtime: this.#mtime,
    };
    await bytes.pipeTo(this.#tar.controller.add(header));
  }
}

/**
 * Gives every entry but the first and the last to `onEntry`, which has to read its bytes.
 *
 * @param onManifest is given the first entry, which says what this is.
 * @throws {ValidationError} when this is no backup, or not all of one.
 */
export async function readArchive(
  file: Bytes,
  onManifest: (manifest: Manifest) => void,
  onEntry: (entry: Entry, bytes: Bytes) => Promise<void>,
): Promise<void> {
  const digest = new RunningDigest();
  let first = true, end: string | null = null;
  try {
    for await (const { header, body } of file.pipeThrough(createTarDecoder({ strict: true }))) {
      const entry = entryOf(header);
      const bytes = body as Bytes;
      if (entry.name === END_NAME) {
        end = await new Response(bytes).text();
        continue;
      }
      if (end !== null) throw notWhole("entries after its end");
      digest.begin(entry);
      const passing = ReadableStream.from(digest.passing(bytes));
      if (first) onManifest(await readManifest(entry, passing));
      else await onEntry(entry, passing);
      first = false;
    }
  } catch (error) {
    if (error instanceof TinyproofError) throw error;
    throw notWhole(String(Object(error).message ?? error));
  }
  if (end === null) throw notWhole("no end");
  if (end !== JSON.stringify(digest.end())) throw notWhole("other bytes than were saved");
}

function entryOf({ name, size, type }: TarHeader): Entry {
  if (type !== "file" && type !== "directory") throw notWhole(`an entry of type ${type}`);
  return { name: name.replace(/\/$/, ""), byteLength: size, isDirectory: type === "directory" };
}

async function readManifest({ name, byteLength }: Entry, bytes: Bytes): Promise<Manifest> {
  const notOurs = (got: string) =>
    new ValidationError("This file is no backup of a board", {
      expected: `a tar file that begins with ${MANIFEST_NAME}, format 1`,
      got,
      fix: "Give the file that `cli backup` made.",
    });
  if (name !== MANIFEST_NAME || byteLength > 2 ** 20) {
    throw notOurs(`one with ${name.slice(0, 80)}`);
  }
  const parsed = manifestSchema.safeParse(JSON.parse(await new Response(bytes).text()));
  if (!parsed.success) throw notOurs("another description");
  return parsed.data;
}

function notWhole(got: string): ValidationError {
  return new ValidationError("The backup is cut short or damaged", {
    expected: "everything that was saved, to its end",
    got,
    fix: "Use another backup, or copy this one again from where it was made. Nothing was restored.",
  });
}
