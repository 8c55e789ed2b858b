// Finds routes and islands, bundles the islands, and gives an app the result.

import type { App, ListenOptions } from "../app.ts";
import { type BuildCache, setBuildCache } from "../build_cache.ts";
import { type Bundle, bundle, type BundleOptions } from "./bundle.ts";
import { listFiles } from "./files.ts";
import { CLIENT_ENTRY, type Folders, loadBuild, type Snapshot } from "./load.ts";

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
  sourceMap?: { kind?: BundleOptions["sourceMap"] };
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
  readonly #options: BuildOptions;
  readonly #root: string;
  readonly #registered: string[] = [];

  constructor(options: BuildOptions = {}) {
    this.#options = options;
    this.#root = resolvePath(Deno.cwd(), options.root ?? Deno.cwd());
  }

  /** Treats a file outside of the islands folder as a module with islands. */
  registerIsland(path: string): void {
    this.#registered.push(resolvePath(this.#root, path));
  }

  /**
   * Builds for production. Writes `server.js` to the output folder, or with `snapshot: "memory"`
   * loads the modules here, for tests.
   * @returns what gives the build to an app; only after `snapshot: "memory"`.
   */
  async build(
    options: { mode?: Snapshot["mode"]; snapshot?: "disk" | "memory" } = {},
  ): Promise<ApplySnapshot> {
    const mode = options.mode ?? "production";
    const sources = await this.#sources();
    const made = await this.#bundle(sources, mode);
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
    return {
      root: this.#root,
      staticDirs: [this.#options.staticDir ?? "static"].flat().map((path) =>
        resolvePath(this.#root, path)
      ),
      builtDir: `${this.#path("outDir", "_fresh")}/static`,
    };
  }

  #path(
    name: "outDir" | "islandDir" | "routeDir",
    fallback: string,
  ): string {
    return resolvePath(this.#root, this.#options[name] ?? fallback);
  }

  async #sources(): Promise<Sources> {
    const routeDir = this.#path("routeDir", "routes");
    const islandDir = this.#path("islandDir", "islands");
    const ignore = [TEST_FILE, ...this.#options.ignore ?? []];
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
      root: this.#root,
      entries: { [CLIENT_ENTRY]: client, ...islands },
      outDir: `${this.#folders.builtDir}${PUBLIC_PATH.slice(0, -1)}`,
      publicPath: PUBLIC_PATH,
      minify: mode === "production",
      target: this.#options.target,
      sourceMap: this.#options.sourceMap?.kind,
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
    const routeDir = this.#path("routeDir", "routes");
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
    const outDir = this.#path("outDir", "_fresh");
    const relative = (path: string) => JSON.stringify(relativePath(outDir, path));
    const routeDir = this.#path("routeDir", "routes");
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
    const entry = resolvePath(
      this.#root,
      this.#options.serverEntry ?? "main.ts",
    );
    const staticDirs = this.#folders.staticDirs.map((path) => `path(${relative(path)})`);
    await Deno.mkdir(outDir, { recursive: true });
    await Deno.writeTextFile(
      `${outDir}/server.js`,
      imports("route", routes) + imports("island", islands) +
        `import { loadBuild, setBuildCache } from "fresh/internal";
import { app } from ${relative(entry)};
const path = (relative) => decodeURIComponent(new URL(relative, import.meta.url).pathname).replace(/\\/$/, "");
const snapshot = {
  routes: ${list("route", routes)},
  islands: ${list("island", islands)},
  bundle: ${JSON.stringify(made)},
  mode: ${JSON.stringify(mode)},
};
const folders = { root: path(${relative(this.#root)}), staticDirs: [${
          staticDirs.join(", ")
        }], builtDir: path("./static") };
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
