// Asks for every address of a copy and writes the answers as they came. Links are mended afterwards.

import { createHash } from "node:crypto";
import { fromUtf8 } from "../bytes.ts";
import { belongsToCopy, companions, fileOf, type Kind, targetOf } from "./address.ts";
import { readPage } from "./html.ts";
import type { Source } from "./source.ts";
import type { WorkList } from "./work_list.ts";

export interface CrawlOptions {
  source: Source;
  list: WorkList;
  /** Where files are written. */
  folder: string;
  /** Whether models and texts of corpora are wanted. */
  files: boolean;
  /** Addresses asked for at a time. */
  parallel: number;
  signal?: AbortSignal;
  /** Told how long the last addresses took; may wait, so that others get their turn. */
  afterBatch?: (elapsedMs: number) => Promise<void> | void;
}

/** Addresses of files in a script: what it imports, workers it starts, what it fetches. */
const IN_SCRIPT = /["'`](\.{0,2}\/[\w./-]+\.[a-z0-9]{2,8})["'`]/g;
/** A field that says where the page of something is. */
const JSON_URL = /"url": "(\/[^"\\]+)"/g;
const XML_LINK = /<link\b[^>]*\bhref="([^"]*)"/g;

/** Works until no address is left that nobody has asked for. */
export async function crawl(options: CrawlOptions): Promise<void> {
  const { list, parallel, signal, afterBatch } = options;
  for (;;) {
    signal?.throwIfAborted();
    const batch = list.take(parallel);
    if (batch.length === 0) return;
    const startMs = performance.now();
    const answers = await Promise.all(batch.map((address) => options.source.get(address)));
    // In their order, so that the same board gives the same copy.
    for (const [i, address] of batch.entries()) await settle(address, answers[i], options);
    await afterBatch?.(performance.now() - startMs);
  }
}

async function settle(
  address: string,
  response: Response,
  options: CrawlOptions,
): Promise<void> {
  const { source, list } = options;
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    const target = targetOf(response.headers.get("location") ?? "", address, source.origin);
    if (target !== null) follow([target.address], options);
    list.settle(
      address,
      target === null ? { state: "left-out" } : { state: "redirect", target: target.address },
    );
  } else if (status !== 200) {
    await response.body?.cancel();
    list.settle(address, { state: "missing", status });
  } else {
    await keep(address, response, options);
  }
}

async function keep(address: string, response: Response, options: CrawlOptions): Promise<void> {
  const { list, folder } = options;
  const mediaType = (response.headers.get("content-type") ?? "").split(";")[0].trim();
  const kind = kindOf(mediaType);
  if (kind === null) {
    await response.body?.cancel();
    return list.settle(address, { state: "left-out" });
  }
  if (kind === "file" || kind === "csv") {
    const file = list.claimFile(fileOf(address, kind), address);
    const { sha256, bytes } = await writeStream(`${folder}/${file}`, response.body);
    list.hashed(file, sha256, bytes);
    return list.settle(address, { state: "written", kind, file, status: 200, csp: null });
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (!readLinks(address, kind, fromUtf8(bytes), options)) {
    return list.settle(address, { state: "left-out" });
  }
  const file = list.claimFile(fileOf(address, kind), address);
  await writeFile(`${folder}/${file}`, bytes);
  if (kind === "script") list.hashed(file, hashOf(bytes), bytes.length);
  const csp = kind === "page" ? response.headers.get("content-security-policy") : null;
  list.settle(address, { state: "written", kind, file, status: 200, csp });
}

/** Puts what an answer leads to on the list. False when the answer asks not to be found. */
function readLinks(address: string, kind: Kind, text: string, options: CrawlOptions): boolean {
  const { source, list } = options;
  const targets = (links: Iterable<string>) =>
    [...links].flatMap((link) => targetOf(link, address, source.origin)?.address ?? []);
  switch (kind) {
    case "page": {
      const { links, next, inScripts, hidden } = readPage(text);
      if (hidden) return false;
      follow([...targets(links)], options);
      for (const following of targets(next === null ? [] : [next])) list.goesOn(address, following);
      list.add(wanted(companions(address), options), { optional: true });
      list.add(wanted(targets(inScripts), options), { optional: true });
      return true;
    }
    case "json": {
      const next = nextOf(text);
      for (const following of targets(next === null ? [] : [next])) {
        follow([following], options);
        list.goesOn(address, following);
      }
      const pages = [...text.matchAll(JSON_URL)].map(([, path]) => path);
      list.add(wanted(targets(pages), options), { optional: true });
      return true;
    }
    case "feed":
      follow(targets([...text.matchAll(XML_LINK)].map(([, href]) => href)), options);
      return true;
    case "script":
      list.add(wanted(targets([...text.matchAll(IN_SCRIPT)].map(([, path]) => path)), options), {
        optional: true,
      });
  }
  return true;
}

function wanted(addresses: readonly string[], { files }: CrawlOptions): string[] {
  return addresses.filter((address) => belongsToCopy(address, { files }));
}

function follow(addresses: readonly string[], options: CrawlOptions): void {
  options.list.add(wanted(addresses, options));
}

/** The path at which a list of the API goes on. */
export function nextOf(json: string): string | null {
  // Parsed only where it may be: an answer can be long.
  if (!json.includes('"next"')) return null;
  const next = Object(JSON.parse(json)).next;
  return typeof next === "string" && next.startsWith("/") ? next : null;
}

/** Null for what cannot be kept in a file, as a stream of events. */
function kindOf(mediaType: string): Kind | null {
  switch (mediaType) {
    case "text/html":
      return "page";
    case "application/json":
      return "json";
    case "text/csv":
      return "csv";
    case "application/atom+xml":
      return "feed";
    case "text/javascript":
      return "script";
    case "text/event-stream":
      return null;
  }
  return "file";
}

export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  await withFolder(path, () => Deno.writeFile(path, bytes));
}

async function writeStream(
  path: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  await withFolder(path, async () => {
    using output = await Deno.open(path, { write: true, create: true, truncate: true });
    for await (const chunk of body ?? ReadableStream.from([])) {
      hash.update(chunk);
      bytes += chunk.length;
      for (let written = 0; written < chunk.length;) {
        written += await output.write(chunk.subarray(written));
      }
    }
  });
  return { sha256: hash.digest("hex"), bytes };
}

/** Most files have a folder already: it is made where writing fails for want of it. */
async function withFolder(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await write();
  }
}

/** SHA-256, hexadecimal: at once, for what is in memory anyway. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
