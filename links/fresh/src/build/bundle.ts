// Bundles scripts for the browser with esbuild, and skips the work when no input changed.

import { relative, resolve } from "node:path";
import * as esbuild from "esbuild";
import { hashHex, listFiles } from "./files.ts";
import { writeWhole } from "./write_whole.ts";

export interface BundleOptions {
  root: string;
  /** Source files by name, as paths or file addresses. */
  entries: Readonly<Record<string, string>>;
  /** Where the scripts go; everything else in it is removed. */
  outDir: string;
  /** Address the folder is served under, with a slash at the end. */
  publicPath: string;
  minify: boolean;
  target?: string | string[];
  sourceMap?: SourceMapOptions;
}

/** In esbuild's words. */
export interface SourceMapOptions {
  kind?: boolean | "linked" | "inline" | "external" | "both";
  sourceRoot?: string;
  sourcesContent?: boolean;
}

/** What was written: addresses by entry name, and what each address loads besides itself. */
export interface Bundle {
  modules: Record<string, string>;
  preloads: Record<string, string[]>;
}

interface Stamp {
  key: string;
  /** SHA-256 of every source file by path. */
  inputs: Record<string, string>;
  bundle: Bundle;
}

const packageRoot = new URL("../../", import.meta.url);

function toPath(address: string | URL): string {
  return decodeURIComponent(new URL(address, "file:///").pathname);
}

/** `fresh/runtime` inside a bundle is this package's own file. */
const freshRuntime: esbuild.Plugin = {
  name: "fresh-runtime",
  setup(build) {
    const path = toPath(new URL("runtime.ts", packageRoot));
    build.onResolve(
      { filter: /^(fresh|@fresh\/core)\/runtime$/ },
      () => ({ path }),
    );
  },
};

/** Variables of the environment that scripts may hold: their names say that all may read them. */
function publicVariables(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith("FRESH_PUBLIC_")),
  );
}

/** Puts public variables in place of where a source reads them by `Deno.env.get("FRESH_PUBLIC_…")`. */
const publicEnvironment: esbuild.Plugin = {
  name: "public-environment",
  setup(build) {
    const variables = publicVariables();
    build.onLoad({ filter: /\.[jt]sx?$/ }, async ({ path }) => {
      if (path.includes("/node_modules/")) return null;
      const source = await Deno.readTextFile(path);
      const contents = source.replace(
        /\bDeno\.env\.get\(\s*(["'`])(FRESH_PUBLIC_\w+)\1\s*\)/g,
        (_, _quote, name) => JSON.stringify(variables[name]) ?? "undefined",
      );
      return { contents, loader: path.match(/[jt]sx?$/)![0] as esbuild.Loader };
    });
  },
};

function definitions(minify: boolean): Record<string, string> {
  const entries = Object.entries(publicVariables()).map(([name, value]) =>
    [`process.env.${name}`, JSON.stringify(value)] as const
  );
  const mode = minify ? "production" : "development";
  return { ...Object.fromEntries(entries), "process.env.NODE_ENV": JSON.stringify(mode) };
}

/** node_modules folders to look in: those of the project, and those around this package. */
function nodePaths(root: string): string[] {
  const around = ["../../node_modules", "node_modules"];
  return [
    `${root}/node_modules`,
    ...around.map((path) => toPath(new URL(path, packageRoot))),
  ];
}

async function digest(path: string): Promise<string> {
  try {
    return await hashHex(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    throw error;
  }
}

/** Without the output folder: a bundle is the same wherever it lies. */
async function keyOf({ outDir: _, ...options }: BundleOptions): Promise<string> {
  const text = JSON.stringify([options, publicVariables(), esbuild.version]);
  return await hashHex(new TextEncoder().encode(text));
}

async function readStamp(path: string): Promise<Stamp | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return null;
  }
}

/** True when the same bundle was made from the same bytes, and its files are still there. */
async function isFresh(
  stamp: Stamp,
  key: string,
  { outDir, publicPath }: BundleOptions,
): Promise<boolean> {
  if (stamp.key !== key) return false;
  const inputs = Object.entries(stamp.inputs);
  const same = await Promise.all(
    inputs.map(async ([path, hash]) => await digest(path) === hash),
  );
  const present = new Set(await listFiles(outDir));
  const needed = Object.values(stamp.bundle.modules).map((url) => url.slice(publicPath.length));
  return same.every(Boolean) && needed.every((name) => present.has(name));
}

/**
 * Writes one script per entry plus shared chunks, named by content.
 * @returns the bundle, and whether it had to be built.
 */
export async function bundle(
  options: BundleOptions,
): Promise<{ bundle: Bundle; built: boolean }> {
  const { root, outDir, publicPath } = options;
  const stampPath = `${outDir}.stamp.json`;
  const key = await keyOf(options);
  const stamp = await readStamp(stampPath);
  if (stamp && await isFresh(stamp, key, options)) {
    return { bundle: stamp.bundle, built: false };
  }

  const result = await runEsbuild(options);
  const made = describeOutputs(result.metafile, options, publicPath);
  for (const { path, contents } of result.outputFiles) await writeWhole(path, contents);
  await removeOthers(outDir, result.outputFiles.map(({ path }) => path));
  const inputs: Record<string, string> = {};
  for (const path of Object.keys(result.metafile.inputs)) {
    const absolute = path.startsWith("/") ? path : `${root}/${path}`;
    inputs[absolute] = await digest(absolute);
  }
  await writeWhole(stampPath, JSON.stringify({ key, inputs, bundle: made }));
  return { bundle: made, built: true };
}

/** Scripts of an earlier build. Not the whole folder: a server of the same sources may serve it. */
async function removeOthers(outDir: string, written: readonly string[]): Promise<void> {
  const names = new Set(written.map((path) => relative(outDir, path)));
  for (const name of await listFiles(outDir)) {
    if (!names.has(name)) await Deno.remove(`${outDir}/${name}`).catch(() => {});
  }
}

async function runEsbuild(options: BundleOptions) {
  try {
    return await esbuild.build({
      absWorkingDir: options.root,
      entryPoints: { ...options.entries },
      outdir: options.outDir,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "browser",
      target: options.target ?? "es2022",
      entryNames: "[hash]/[name]",
      chunkNames: "chunk-[hash]",
      jsx: "automatic",
      jsxImportSource: "preact",
      minify: options.minify,
      sourcemap: options.sourceMap?.kind ?? false,
      sourceRoot: options.sourceMap?.sourceRoot,
      sourcesContent: options.sourceMap?.sourcesContent,
      metafile: true,
      write: false,
      legalComments: "none",
      nodePaths: nodePaths(options.root),
      plugins: [freshRuntime, publicEnvironment],
      define: definitions(options.minify),
      tsconfigRaw: {},
      logLevel: "silent",
    });
  } finally {
    await esbuild.stop();
  }
}

/** Addresses by entry name, and the static imports behind each of them. */
function describeOutputs(
  metafile: esbuild.Metafile,
  options: BundleOptions,
  publicPath: string,
): Bundle {
  const below = `${options.outDir}/`;
  const urlOf = (output: string) => publicPath + resolve(options.root, output).slice(below.length);
  const importsOf = (output: string, seen = new Set<string>()): Set<string> => {
    for (const { path, kind } of metafile.outputs[output].imports) {
      if (kind !== "import-statement" || seen.has(path)) continue;
      seen.add(path);
      importsOf(path, seen);
    }
    return seen;
  };
  const made: Bundle = { modules: {}, preloads: {} };
  for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (!entryPoint) continue;
    const absolute = entryPoint.startsWith("/") ? entryPoint : `${options.root}/${entryPoint}`;
    const name = Object.keys(options.entries).find((key) =>
      samePath(options.entries[key], absolute)
    );
    if (name === undefined) continue;
    made.modules[name] = urlOf(output);
    made.preloads[urlOf(output)] = [...importsOf(output)].map(urlOf);
  }
  return made;
}

function samePath(a: string, b: string): boolean {
  return toPath(new URL(a, "file:///")) === toPath(new URL(b, "file:///"));
}
