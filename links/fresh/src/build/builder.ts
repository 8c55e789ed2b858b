// Finds routes and islands, bundles the islands, and gives an app the result.

import type { App, ListenOptions } from "../app.ts";
import { type BuildCache, setBuildCache } from "../build_cache.ts";
import { type Bundle, bundle, type SourceMapOptions } from "./bundle.ts";
import { listFiles } from "./files.ts";
import {
  FileTransformer,
  type OnTransformOptions,
  type TransformFn,
  writeTransformed,
} from "./transform.ts";
import { CLIENT_ENTRY, type Folders, loadBuild, type Snapshot } from "./load.ts";
import { writeWhole } from "./write_whole.ts";

export interface BuildOptions {
  /** Browsers the scripts are for, in esbuild's words. */
  target?: string | string[];
  /** The project; other paths are relative to it. */
  root?: string;
  /** The module that exports `app`. */
  serverEntry?: string;
  outDir?: string;
  /** One folder or several: of two files with one name, that in the first is served. */
  staticDir?: string | string[];
  islandDir?: string;
  routeDir?: string;
  /** Paths that are neither routes nor islands. */
  ignore?: RegExp[];
  sourceMap?: SourceMapOptions;
}

/** The options with what was not given filled in, paths absolute. */
export interface ResolvedBuildConfig
  extends Required<Omit<BuildOptions, "sourceMap" | "staticDir">> {
  staticDir: string[];
  mode: "development" | "production";
  sourceMap?: SourceMapOptions;
}

// deno-lint-ignore no-explicit-any
type AnyApp = App<any>;
type ApplySnapshot = (app: AnyApp) => void;

const SCRIPT = /\.[jt]sx?$/;
/** Tests that lie beside what they test. */
const TEST_FILE = /[._]test\.[jt]sx?$/;
const PUBLIC_PATH = "/_fresh/js/";

function resolvePath(root: string, path: string): string {
  const resolved = path.startsWith("file:")
    ? decodeURIComponent(new URL(path).pathname)
    : path.startsWith("/")
    ? path
    : `${root}/${path.replace(/^\.\//, "")}`;
  return resolved.replace(/\/+$/, "");
}

/** A name for the script of `path` that is not taken: its file name, numbered if need be. */
function entryName(path: string, taken: Readonly<Record<string, string>>): string {
  const own = path.slice(path.lastIndexOf("/") + 1).replace(SCRIPT, "").replace(/[^\w-]+/g, "_");
  let name = own;
  for (let i = 1; name in taken || name === CLIENT_ENTRY; i++) name = `${own}_${i}`;
  return name;
}

interface Sources {
  routes: string[];
  /** Entry names of the island files, with their absolute paths. */
  islands: Record<string, string>;
}

export class Builder {
  readonly config: ResolvedBuildConfig;
  readonly #registered: string[] = [];
  readonly #transformer = new FileTransformer();

  constructor(options: BuildOptions = {}) {
    const root = resolvePath(Deno.cwd(), options.root ?? Deno.cwd());
    const path = (given: string | undefined, usual: string) => resolvePath(root, given ?? usual);
    this.config = {
      root,
      target: options.target ?? "es2022",
      serverEntry: path(options.serverEntry, "main.ts"),
      outDir: path(options.outDir, "_fresh"),
      staticDir: [options.staticDir ?? "static"].flat().map((one) => path(one, "")),
      islandDir: path(options.islandDir, "islands"),
      routeDir: path(options.routeDir, "routes"),
      ignore: options.ignore ?? [],
      mode: "production",
      sourceMap: options.sourceMap,
    };
  }

  /** Treats a file outside of the islands folder as a module with islands. */
  registerIsland(path: string): void {
    this.#registered.push(resolvePath(this.config.root, path));
  }

  /** Has `change` give other content, or more files, for static files that `filter` takes. */
  onTransformStaticFile(options: OnTransformOptions, change: TransformFn): void {
    this.#transformer.add(options, change);
  }

  /**
   * Builds for production. Writes `server.js` to the output folder, or with `snapshot: "memory"`
   * loads the modules here, for tests.
   * @returns what gives the build to an app; only after `snapshot: "memory"`.
   */
  async build(
    options: { mode?: Snapshot["mode"]; snapshot?: "disk" | "memory" } = {},
  ): Promise<ApplySnapshot> {
    const mode = this.config.mode = options.mode ?? "production";
    const sources = await this.#sources();
    const made = await this.#bundle(sources, mode);
    await this.#transform();
    if (options.snapshot === "memory") {
      const cache = await this.#load(sources, made, mode);
      return (app) => setBuildCache(app, cache);
    }
    await this.#writeServer(sources, made, mode);
    return () => {
      throw new TypeError(
        'Expected build({ snapshot: "memory" }) before applying a snapshot',
      );
    };
  }

  /** Builds without minifying and serves the app; static files are read again when they change. */
  async listen(
    importApp: () => Promise<{ app: AnyApp } | AnyApp>,
    options: ListenOptions = {},
  ): Promise<void> {
    const apply = await this.build({ mode: "development", snapshot: "memory" });
    const imported = await importApp();
    const app = "app" in imported ? imported.app : imported;
    apply(app);
    await app.listen(options);
  }

  get #folders(): Folders {
    const { root, staticDir, outDir } = this.config;
    return {
      root,
      staticDirs: staticDir,
      transformedDir: `${outDir}/transformed`,
      builtDir: `${outDir}/static`,
    };
  }

  async #transform(): Promise<void> {
    const files = new Map<string, string>();
    for (const directory of this.config.staticDir.toReversed()) {
      for (const name of await listFiles(directory)) files.set(name, `${directory}/${name}`);
    }
    const { transformedDir } = this.#folders;
    await writeTransformed(this.#transformer, files, transformedDir, this.config);
  }

  async #sources(): Promise<Sources> {
    const { routeDir, islandDir } = this.config;
    const ignore = [TEST_FILE, ...this.config.ignore];
    const ignored = (path: string) => ignore.some((one) => one.test(path));
    const scripts = async (directory: string) =>
      (await listFiles(directory)).filter((path) => SCRIPT.test(path) && !ignored(path));
    const inRoutes = await scripts(routeDir);
    const islands: Record<string, string> = {};
    for (const path of await scripts(islandDir)) {
      islands[entryName(path, islands)] = `${islandDir}/${path}`;
    }
    for (
      const path of inRoutes.filter((path) => /(^|\/)\(_islands\)\//.test(path))
    ) {
      islands[entryName(path, islands)] = `${routeDir}/${path}`;
    }
    for (const path of this.#registered) islands[entryName(path, islands)] = path;
    return {
      routes: inRoutes.filter((path) => !/(^|\/)\(_[^/]*\)\//.test(path)),
      islands,
    };
  }

  async #bundle({ islands }: Sources, mode: Snapshot["mode"]): Promise<Bundle> {
    const client = decodeURIComponent(
      new URL("../client.ts", import.meta.url).pathname,
    );
    const made = await bundle({
      root: this.config.root,
      entries: { [CLIENT_ENTRY]: client, ...islands },
      outDir: `${this.#folders.builtDir}${PUBLIC_PATH.slice(0, -1)}`,
      publicPath: PUBLIC_PATH,
      minify: mode === "production",
      target: this.config.target,
      sourceMap: this.config.sourceMap,
    });
    return made.bundle;
  }

  async #load(
    sources: Sources,
    made: Bundle,
    mode: Snapshot["mode"],
  ): Promise<BuildCache> {
    const load = async <Name extends string>(name: Name, path: string) =>
      [name, await import(`file://${encodeURI(path)}`)] as const;
    const { routeDir } = this.config;
    const routes = sources.routes.map((path) => load(path, `${routeDir}/${path}`));
    const islands = Object.entries(sources.islands).map(([name, path]) => load(name, path));
    return await loadBuild({
      routes: await Promise.all(routes),
      islands: await Promise.all(islands),
      bundle: made,
      mode,
    }, this.#folders);
  }

  /** `server.js`, for `deno serve`: static imports only, so that everything loads at once. */
  async #writeServer(
    sources: Sources,
    made: Bundle,
    mode: Snapshot["mode"],
  ): Promise<void> {
    const { outDir, routeDir, root, serverEntry } = this.config;
    const relative = (path: string) => JSON.stringify(relativePath(outDir, path));
    const routes = sources.routes.map((path) => [path, `${routeDir}/${path}`] as const);
    const islands = Object.entries(sources.islands);
    const imports = (
      kind: string,
      files: readonly (readonly [string, string])[],
    ) => files.map(([, path], i) => `import * as ${kind}${i} from ${relative(path)};\n`).join("");
    const list = (
      kind: string,
      files: readonly (readonly [string, string])[],
    ) =>
      `[${
        files.map(([name], i) => `[${JSON.stringify(name)}, ${kind}${i}]`).join(
          ", ",
        )
      }]`;
    const staticDirs = this.#folders.staticDirs.map((path) => `path(${relative(path)})`);
    await writeWhole(
      `${outDir}/server.js`,
      imports("route", routes) + imports("island", islands) +
        `import { loadBuild, setBuildCache } from "fresh/internal";
import { app } from ${relative(serverEntry)};
const path = (relative) => decodeURIComponent(new URL(relative, import.meta.url).pathname).replace(/\\/$/, "");
const snapshot = {
  routes: ${list("route", routes)},
  islands: ${list("island", islands)},
  bundle: ${JSON.stringify(made)},
  mode: ${JSON.stringify(mode)},
};
const folders = {
  root: path(${relative(root)}),
  staticDirs: [${staticDirs.join(", ")}],
  transformedDir: path("./transformed"),
  builtDir: path("./static"),
};
setBuildCache(app, await loadBuild(snapshot, folders));
export default { fetch: app.handler() };
`,
    );
  }
}

/** `to` as seen from the folder `from`, starting with a dot; both absolute. */
function relativePath(from: string, to: string): string {
  const a = from.split("/");
  const b = to.split("/");
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a[shared] === b[shared]) {
    shared++;
  }
  const up = a.slice(shared).map(() => "..");
  const path = [...up, ...b.slice(shared)].join("/");
  return path.startsWith("..") ? path : `./${path}`;
}
