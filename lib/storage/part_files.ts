// Files that arrive in parts, one after another, on the disk of this server. Knows no table.

import { createHash } from "node:crypto";
import { BudgetError, IntegrityError, NotFoundError, TinyproofError } from "../errors.ts";

/** A part that is not what its checksum says. Nothing of it is kept. */
export class ChecksumError extends TinyproofError {}

export const CHECKSUM_ALGORITHMS = ["sha256", "sha1"] as const;

export interface Checksum {
  algorithm: typeof CHECKSUM_ALGORITHMS[number];
  /** Base64 of the digest. */
  digest: string;
}

export interface Part {
  /** Where it begins: all the bytes that are there. */
  offset: number;
  /** Most bytes it may have. */
  maxBytes: number;
  stream: ReadableStream<Uint8Array>;
  checksum: Checksum | null;
}

interface Writer {
  stop: AbortController;
  done: Promise<void>;
}

export class PartFiles {
  readonly #directory: string;
  readonly #writers = new Map<string, Writer>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async open(directory: string): Promise<PartFiles> {
    await Deno.mkdir(directory, { recursive: true });
    return new PartFiles(directory);
  }

  /** Bytes that have arrived; 0 when none have. */
  async size(id: string): Promise<number> {
    try {
      return (await Deno.stat(this.#path(id))).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return 0;
      throw error;
    }
  }

  /**
   * Ends a write that is under way and keeps what it has written: its sender has most likely lost
   * the connection and is back before the loss was noticed here.
   */
  async interrupt(id: string): Promise<void> {
    for (let writer; (writer = this.#writers.get(id));) {
      writer.stop.abort();
      await writer.done;
    }
  }

  /**
   * Appends a part. When its stream breaks off, what came before stays, unless a checksum was to
   * vouch for all of it.
   *
   * @returns bytes that are there now.
   * @throws {IntegrityError} when the part does not begin where the file ends.
   * @throws {BudgetError} when there are more than `maxBytes`; nothing of it is kept.
   * @throws {ChecksumError}
   */
  async append(id: string, part: Part): Promise<number> {
    await this.interrupt(id);
    const stop = new AbortController();
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    this.#writers.set(id, { stop, done });
    try {
      return await this.#append(id, part, stop.signal);
    } finally {
      this.#writers.delete(id);
      finish();
    }
  }

  async #append(id: string, part: Part, signal: AbortSignal): Promise<number> {
    using file = await Deno.open(this.#path(id), { append: true, create: true });
    const { size } = await file.stat();
    if (size !== part.offset) {
      await part.stream.cancel().catch(() => {});
      throw new IntegrityError("The part does not begin where the file ends", {
        expected: `offset ${size}`,
        got: `offset ${part.offset}`,
        fix: "Ask for the offset with HEAD and go on from there.",
      });
    }
    try {
      const written = await writeAll(file, part, signal);
      await file.sync();
      return size + written;
    } catch (error) {
      const unsound = error instanceof BudgetError || part.checksum !== null;
      if (unsound) await file.truncate(size);
      throw error;
    }
  }

  /** @throws {NotFoundError} */
  async read(id: string): Promise<ReadableStream<Uint8Array>> {
    try {
      return (await Deno.open(this.#path(id))).readable;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) throw new NotFoundError(`No upload ${id}`);
      throw error;
    }
  }

  async delete(id: string): Promise<void> {
    await this.interrupt(id);
    await Deno.remove(this.#path(id)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  /** Ids of all files here. */
  async list(): Promise<string[]> {
    const entries = await Array.fromAsync(Deno.readDir(this.#directory));
    return entries.map(({ name }) => name);
  }

  /** Ids become paths, so nothing but an id may pass. */
  #path(id: string): string {
    if (/^\w{1,64}$/.test(id)) return `${this.#directory}/${id}`;
    throw new NotFoundError(`Expected the id of an upload, got ${id.slice(0, 80)}`);
  }
}

/** Writes the stream to its end or until `signal` aborts; how many bytes. */
async function writeAll(
  file: Deno.FsFile,
  { stream, maxBytes, checksum }: Part,
  signal: AbortSignal,
): Promise<number> {
  const hash = checksum === null ? null : createHash(checksum.algorithm);
  const reader = stream.getReader();
  const stopped = Promise.withResolvers<never>();
  const stop = () => stopped.reject(new TinyproofError("Another request goes on with this upload"));
  signal.addEventListener("abort", stop);
  // Nobody waits for it while a chunk is being written.
  stopped.promise.catch(() => {});
  let written = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read().catch(broken), stopped.promise]);
      if (done) break;
      if (written + value.length > maxBytes) throw tooMany(maxBytes);
      for (let at = 0; at < value.length;) at += await file.write(value.subarray(at));
      written += value.length;
      hash?.update(value);
    }
  } catch (error) {
    // Not awaited: a sender that is gone does not answer.
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  const digest = hash?.digest("base64");
  if (digest !== checksum?.digest) throw otherBytes(checksum!, digest!);
  return written;
}

/** What a request throws when its connection is lost is nobody's fault here. */
function broken(error: unknown): never {
  if (error instanceof TinyproofError) throw error;
  throw new TinyproofError("The connection broke off", {
    fix: "Go on from the offset that HEAD gives.",
  });
}

function tooMany(maxBytes: number): BudgetError {
  return new BudgetError("More bytes came than were announced", {
    expected: `at most ${maxBytes} more bytes`,
    got: "more",
    fix: "Begin the upload again with the length of the file.",
  });
}

function otherBytes({ algorithm, digest }: Checksum, got: string): ChecksumError {
  return new ChecksumError("The part that arrived is not the one that was sent", {
    expected: `${algorithm} ${digest}`,
    got: `${algorithm} ${got}`,
    fix: "Send it again from the same offset; nothing of it was kept.",
  });
}
