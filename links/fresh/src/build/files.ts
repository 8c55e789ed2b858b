// Static files of a build, held in memory with their hash and their gzip.

import type { StaticFile } from "../build_cache.ts";

const TYPES: Record<string, string> = {
  css: "text/css;charset=utf-8",
  csv: "text/csv;charset=utf-8",
  html: "text/html;charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript;charset=utf-8",
  json: "application/json",
  map: "application/json",
  mjs: "text/javascript;charset=utf-8",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain;charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json",
  webp: "image/webp",
  woff2: "font/woff2",
  xml: "application/xml",
};

const COMPRESSIBLE = /^(text\/|application\/(json|wasm|xml|manifest)|image\/svg)/;

/** Files below `directory` as paths relative to it, sorted; empty when there is no folder. */
export async function listFiles(
  directory: string,
  below = "",
): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const entry of Deno.readDir(`${directory}/${below}`)) {
      const path = below + entry.name;
      if (entry.isDirectory) {
        found.push(...await listFiles(directory, `${path}/`));
      } else if (entry.isFile && !entry.name.startsWith(".")) found.push(path);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found.sort();
}

/** SHA-256 of `bytes`, hexadecimal. */
export async function hashHex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function readFile(path: string, immutable: boolean): Promise<StaticFile> {
  const bytes = await Deno.readFile(path);
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const contentType = TYPES[extension] ?? "application/octet-stream";
  const worth = bytes.length > 1024 && COMPRESSIBLE.test(contentType);
  const zipped = worth ? await gzip(bytes) : null;
  const smaller = zipped && zipped.length < bytes.length * 0.9 ? zipped : null;
  const etag = `W/"${(await hashHex(bytes)).slice(0, 20)}"`;
  return { bytes, gzip: smaller, contentType, etag, immutable };
}

interface Source {
  directory: string;
  /** True for folders whose file names hold a hash. */
  immutable: boolean;
}

/** Reads files on first use and keeps them; in development a changed file is read again. */
export class StaticFolder {
  readonly #paths = new Map<string, { path: string; immutable: boolean }>();
  readonly #files = new Map<
    string,
    { stamp: string; file: Promise<StaticFile> }
  >();
  readonly #sources: readonly Source[];
  readonly #watch: boolean;

  private constructor(sources: readonly Source[], watch: boolean) {
    this.#sources = sources;
    this.#watch = watch;
  }

  static async open(
    sources: readonly Source[],
    watch: boolean,
  ): Promise<StaticFolder> {
    const folder = new StaticFolder(sources, watch);
    await folder.#list();
    return folder;
  }

  /** Changes whenever a file below the folders does (by name, size and time). */
  async fingerprint(): Promise<string> {
    const lines: string[] = [];
    for (const [name, { path }] of this.#paths) {
      lines.push(`${name} ${await stampOf(path)}`);
    }
    return lines.join("\n");
  }

  async read(pathname: string): Promise<StaticFile | null> {
    if (this.#watch && !this.#paths.has(pathname)) await this.#list();
    const place = this.#paths.get(pathname);
    if (!place) return null;
    const stamp = this.#watch ? await stampOf(place.path) : "";
    let held = this.#files.get(pathname);
    if (held?.stamp !== stamp) {
      held = { stamp, file: readFile(place.path, place.immutable) };
      this.#files.set(pathname, held);
    }
    return await held!.file;
  }

  async #list(): Promise<void> {
    for (const { directory, immutable } of this.#sources) {
      for (const path of await listFiles(directory)) {
        this.#paths.set(`/${path}`, {
          path: `${directory}/${path}`,
          immutable,
        });
      }
    }
  }
}

async function stampOf(path: string): Promise<string> {
  const { mtime, size } = await Deno.stat(path);
  return `${mtime?.getTime()} ${size}`;
}
