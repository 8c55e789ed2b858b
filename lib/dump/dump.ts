// Writes the whole public board to a folder that any static host can serve.

import { BENCHMARKS } from "../benchmarks/registry.ts";
import type { Benchmark } from "../benchmarks/benchmark.ts";
import { TinyproofError, ValidationError } from "../errors.ts";
import { belongsToCopy, unlinkedAddresses } from "./address.ts";
import {
  addManifest,
  addNotFoundPage,
  addSitemap,
  ledgerEnd,
  type ManifestHead,
} from "./additions.ts";
import { crawl } from "./crawl.ts";
import { type CopyFacts, mendLinks, NOTE_ADDRESS } from "./links.ts";
import type { Source } from "./source.ts";
import { WorkList } from "./work_list.ts";

export interface DumpOptions {
  source: Source;
  /** Must not be there yet, or be empty: it appears when the copy is whole. */
  out: string;
  /** Where the copy will be served: for what has to name its host. */
  url?: URL;
  /** With the models, the texts of corpora, and what scoring in a tab needs. */
  files?: boolean;
  /** Addresses asked for at a time. */
  parallel?: number;
  now?: () => Date;
  signal?: AbortSignal;
  onProgress?: (progress: DumpProgress) => void;
  /** Told after each step how long it took; may wait. */
  yieldTo?: (elapsedMs: number) => Promise<void> | void;
}

export interface DumpProgress {
  stage: "asking" | "mending links";
  done: number;
  /** As far as it is known. */
  total: number;
}

export interface Dump {
  pages: number;
  /** All files but the manifest, and the bytes in them. */
  files: number;
  bytes: number;
  missing: ManifestHead["missing"];
  /** SHA-256 of manifest.json. */
  manifestDigest: string;
}

const DATA_FILES = BENCHMARKS.flatMap(({ dataFile }: Benchmark) =>
  dataFile ? [`/data/${dataFile}`] : []
);

/**
 * Makes a copy beside `out` and gives it that name when it is whole; what was begun is removed when
 * it fails.
 * @throws {ValidationError} when `out` holds something.
 */
export async function makeDump(options: DumpOptions): Promise<Dump> {
  const out = options.out.replace(/\/+$/, "");
  await checkFree(out);
  const parent = out.includes("/") ? out.slice(0, out.lastIndexOf("/")) || "/" : ".";
  await Deno.mkdir(parent, { recursive: true });
  const work = await Deno.makeTempDir({ dir: parent, prefix: ".static-copy-" });
  try {
    const folder = `${work}/site`;
    await Deno.mkdir(folder);
    using list = new WorkList(`${work}/list.sqlite`);
    const dump = await fill(options, list, folder);
    await Deno.rename(folder, out);
    return dump;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function checkFree(out: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(out)) {
      throw new ValidationError(`${out} is not empty`, {
        expected: "a folder that is not there yet, or an empty one",
        got: `a folder with ${name} in it`,
        fix: "Name another folder, or remove this one first.",
      });
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function fill(options: DumpOptions, list: WorkList, folder: string): Promise<Dump> {
  const { source, files = false, now = () => new Date(), parallel = 4, signal } = options;
  const madeAt = now();
  const begun = await ledgerEnd(source);
  const url = options.url ?? null;
  const facts: CopyFacts = { list, folder, origin: source.origin, url, madeAt, files };
  const tell = (stage: DumpProgress["stage"], done: number) =>
    options.onProgress?.({ stage, done, total: list.progress().found });

  list.add(["/", NOTE_ADDRESS, "/engine.wasm"]);
  list.add(unlinkedAddresses());
  list.add(DATA_FILES.filter((address) => belongsToCopy(address, { files })), { optional: true });
  await crawl({
    ...{ source, list, folder, files, parallel, signal },
    async afterBatch(elapsedMs) {
      tell("asking", list.progress().taken);
      await options.yieldTo?.(elapsedMs);
    },
  });
  if (list.find(NOTE_ADDRESS) === null) throw tooOld(source.origin);
  await mendEach(options, facts, tell);
  await addNotFoundPage(source, facts);
  await addSitemap(facts);
  return await finish(facts, { begun, ended: await ledgerEnd(source) }, now());
}

/** Links to what is not in a copy lead to that page: without it they would lead nowhere. */
function tooOld(origin: string): TinyproofError {
  return new TinyproofError(`${origin} has no page ${NOTE_ADDRESS}`, {
    expected: "a server of this version of Tinyproof",
    got: "another one, or something else",
    fix: "Use the command that belongs to the server, and see whether the address is right.",
  });
}

async function mendEach(
  { signal, yieldTo }: DumpOptions,
  facts: CopyFacts,
  tell: (stage: "mending links", done: number) => void,
): Promise<void> {
  let done = 0;
  let lastMs = performance.now();
  await mendLinks(facts, signal, async () => {
    tell("mending links", ++done);
    await yieldTo?.(performance.now() - lastMs);
    lastMs = performance.now();
  });
}

async function finish(
  facts: CopyFacts,
  ledger: ManifestHead["ledger"],
  endedAt: Date,
): Promise<Dump> {
  const { list, madeAt, origin, url, files } = facts;
  const missing = list.missing();
  const totals = list.totals();
  const manifestDigest = await addManifest({
    format: "tinyproof-static-copy/1",
    madeAt: madeAt.toISOString(),
    endedAt: endedAt.toISOString(),
    origin,
    url: url?.href ?? null,
    engine: list.sha256Of("engine.wasm"),
    ledger,
    withFiles: files,
    pages: totals.pages,
    missing,
  }, facts);
  return { ...totals, missing, manifestDigest };
}
