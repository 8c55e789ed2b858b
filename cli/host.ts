// What the commands need of the host: the engine, data files, model files.

import type { Engine, InferenceModel, LoadOptions } from "../lib/engine/engine.ts";
import { uploadFile } from "../lib/corpora/registry.ts";
import { MOST_THREADS } from "../lib/engine/crew.ts";
import { FormatError, NotFoundError, TinyproofError, ValidationError } from "../lib/errors.ts";
import { fromUtf8 } from "../lib/bytes.ts";
import type { ByteSource } from "../lib/interchange/safetensors.ts";
import { sha256Hex } from "../lib/hash.ts";
import { readTinygpt, type TinygptFile } from "../lib/format/read.ts";
import { loadEngineBinary } from "../wasm/load.ts";
import { NATIVE_LIBRARY } from "../workers/native_kernels.ts";
import { type OpenedEngine, openSelfTested } from "../workers/open_engine.ts";
import { readModelBytes } from "../workers/read_model.ts";
import type { Arguments } from "./command.ts";
import { note } from "./output.ts";

const DATA = new URL("../data/", import.meta.url);

/** The engine, self-tested: what it computes here counts. As many threads as `--threads` says. */
export async function openEngine(args: Arguments): Promise<Engine> {
  return (await openEngineWith(args, { native: args.flag("native") })).engine;
}

/** The same, and what it computes with. Native kernels are used where they can be. */
export async function openEngineWith(
  args: Arguments,
  { native }: { native: boolean },
): Promise<OpenedEngine> {
  const range = { min: 1, max: MOST_THREADS, integer: true };
  const cores = Math.min(navigator.hardwareConcurrency, MOST_THREADS);
  const threads = args.number("threads", cores, range);
  const binary = await loadEngineBinary(() => note("Building the engine …"));
  return await openSelfTested(binary, {
    threads,
    library: native ? NATIVE_LIBRARY : null,
    say: note,
  });
}

/** A model file, loaded into the engine. @throws as `readModel`. */
export async function openModel(
  path: string,
  args: Arguments,
  options: LoadOptions = {},
): Promise<{ file: TinygptFile; engine: Engine; model: InferenceModel }> {
  const file = await readModel(path);
  const engine = await openEngine(args);
  return { file, engine, model: await engine.loadModel(file.config, file.weights, options) };
}

/** Reads a path below data/. */
export function loadData(file: string): Promise<Uint8Array> {
  return Deno.readFile(new URL(file, DATA));
}

/** What a run may read: the data of this tree, and corpora that are no part of it. */
export interface DataFiles {
  loadData: (file: string) => Promise<Uint8Array>;
  /** Ids of the corpora from `--corpus-file`. */
  uploads: ReadonlySet<string>;
}

/**
 * The data with what `--corpus-file` names: one file, or all files of one folder. A corpus is known
 * by its SHA-256, so the names of the files do not matter.
 *
 * @throws {TinyproofError} when the path cannot be read.
 */
export async function openData(args: Arguments): Promise<DataFiles> {
  const path = args.text("corpus-file");
  const pathOf = new Map<string, string>();
  for (const file of path === undefined ? [] : await filesAt(path)) {
    pathOf.set(uploadFile(await sha256Hex(await readBytes(file))), file);
  }
  return {
    loadData: (file) => pathOf.has(file) ? readBytes(pathOf.get(file)!) : loadData(file),
    uploads: new Set([...pathOf.keys()].map((file) => file.match(/[0-9a-f]{64}/)![0])),
  };
}

/** The file itself, or all files of a folder, sorted. */
export async function filesAt(path: string): Promise<string[]> {
  if (!await isDirectory(path)) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.filter(({ isFile }) => isFile).map(({ name }) => `${path}/${name}`).sort();
}

/** @throws {NotFoundError} when there is no such file. @throws {FormatError} when it is no model. */
export async function readModel(path: string): Promise<TinygptFile> {
  const bytes = await readModelBytes(path).catch((error) => {
    throw diskError(error, path);
  });
  try {
    return readTinygpt(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { problem, offset } = error;
    throw new FormatError(`${path}: ${error.message}`, { ...problem, offset });
  }
}

/** @throws {TinyproofError} when `path` cannot be read. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw diskError(error, path);
  }
}

/** A file on disk, to be read in pieces. @throws {TinyproofError} when it cannot be read. */
export async function openBytes(path: string): Promise<ByteSource & Disposable> {
  try {
    const file = await Deno.open(path);
    const { size, isDirectory } = await file.stat();
    if (isDirectory) throw new Deno.errors.IsADirectory();
    let buffer = new Uint8Array();
    return {
      byteLength: size,
      async read(offset, length) {
        if (buffer.length < length) buffer = new Uint8Array(length);
        await file.seek(offset, Deno.SeekMode.Start);
        for (let at = 0; at < length;) {
          const count = await file.read(buffer.subarray(at, length));
          if (count === null) throw new TinyproofError(`${path} was cut short while it was read`);
          at += count;
        }
        return buffer.subarray(0, length);
      },
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    throw diskError(error, path);
  }
}

/** @throws {ValidationError} when the file is over `mostBytes` or is not JSON. */
export async function readJson(path: string, mostBytes: number): Promise<unknown> {
  const bytes = await readBytes(path);
  if (bytes.length > mostBytes) {
    throw new ValidationError(`${path} is too large`, {
      expected: `at most ${mostBytes} bytes`,
      got: `${bytes.length} bytes`,
      fix: "Choose a model with a smaller vocabulary.",
    });
  }
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (error) {
    throw new ValidationError(`${path} is not JSON`, {
      expected: "a JSON document",
      got: (error as Error).message,
      fix: "Download or export it again.",
    });
  }
}

/** Makes a folder where there is none. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw diskError(error, path);
  }
}

/** @throws {TinyproofError} when no file can be written at `path`: better said before the work. */
export async function assertWritable(path: string): Promise<void> {
  const partial = `${path}.partial`;
  try {
    if (await isDirectory(path)) throw new Deno.errors.IsADirectory();
    await Deno.writeFile(partial, new Uint8Array());
    await Deno.remove(partial);
  } catch (error) {
    throw diskError(error, path);
  }
}

/**
 * Writes a file of these parts. Another process, or the next run, sees the whole file or the old
 * one.
 */
export async function writeWhole(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const partial = `${path}.partial`;
  try {
    using file = await Deno.open(partial, { write: true, create: true, truncate: true });
    for (const bytes of parts) {
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    }
    // Or a loss of power could leave the name without the bytes.
    await file.syncData();
    await Deno.rename(partial, path);
  } catch (error) {
    throw diskError(error, path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const info = await Deno.stat(path).catch(() => null);
  return info?.isDirectory ?? false;
}

/** The error in the user's words; what is not about the path stays as it is. */
function diskError(error: unknown, path: string): unknown {
  const { NotFound, IsADirectory, NotADirectory, PermissionDenied, WriteZero } = Deno.errors;
  if (error instanceof NotFound || error instanceof NotADirectory) {
    return new NotFoundError(`There is no file or folder ${path}`, {
      expected: "the path of a file, in a folder that exists",
      got: path,
      fix: "Check the path; it counts from the folder the command is run in.",
    });
  }
  if (error instanceof IsADirectory) {
    return new ValidationError(`${path} is a folder`, {
      expected: "the path of a file",
      got: "a folder",
      fix: "Name the file itself.",
    });
  }
  if (error instanceof PermissionDenied) {
    return new TinyproofError(`${path} is not open to this user`, {
      expected: "a file this user may read and write",
      got: error.message,
      fix: "Change the permissions, or choose another path.",
    });
  }
  const full = error instanceof WriteZero ||
    (error instanceof Error && /No space left|quota exceeded/i.test(error.message));
  if (!full) return error;
  return new TinyproofError(`${path} could not be written: the disk is full`, {
    expected: "room on the disk",
    got: (error as Error).message,
    fix: "Free some space and run the same command again.",
  });
}
