// Bundles the workers that run in a browser into static/build. Knows nothing of pages or islands.

import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { utf8 } from "../lib/bytes.ts";
import { sha256Hex } from "../lib/hash.ts";
import { writeWhole } from "../wasm/load.ts";

interface Stamp {
  /** SHA-256 of every source file, by path from the project's root. */
  inputs: Record<string, string>;
  /** SHA-256 of every script, by file name. */
  outputs: Record<string, string>;
}

const STAMP = "manifest.json";

async function fileHash(path: string): Promise<string> {
  try {
    return await sha256Hex(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "missing";
    throw error;
  }
}

async function sameFiles(directory: string, hashes: Record<string, string>): Promise<boolean> {
  const same = Object.entries(hashes).map(async ([path, hash]) =>
    await fileHash(`${directory}/${path}`) === hash
  );
  return (await Promise.all(same)).every(Boolean);
}

async function isCurrent(root: string, outDir: string, entries: string[]): Promise<boolean> {
  let stamp: Stamp;
  try {
    stamp = JSON.parse(await Deno.readTextFile(`${outDir}/${STAMP}`));
  } catch {
    return false;
  }
  return entries.every((entry) => entry in stamp.inputs) &&
    await sameFiles(root, stamp.inputs) && await sameFiles(outDir, stamp.outputs);
}

/** Worker sources: `workers/*_browser.ts`, sorted. */
async function browserWorkers(root: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(`${root}/workers`)) {
    if (name.endsWith("_browser.ts")) found.push(`workers/${name}`);
  }
  return found.sort();
}

/** One worker: a script of its own, and one for each part that it loads when it needs it. */
function bundle(root: string, outDir: string, entry: string) {
  return esbuild.build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: outDir,
    chunkNames: "[name]-[hash]",
    splitting: true,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
}

/** Removes the scripts of an earlier build that this one has no more. */
async function removeStale(outDir: string, outputs: Record<string, string>): Promise<void> {
  for await (const { name } of Deno.readDir(outDir)) {
    if (name.endsWith(".js") && !(name in outputs)) await Deno.remove(`${outDir}/${name}`);
  }
}

/**
 * Writes `static/build/<name>.js` for every `workers/<name>.ts` that ends in `_browser`, scripts
 * for what these import dynamically, and `manifest.json` with the SHA-256 of each. Does nothing
 * when no source changed.
 * @param root the project, an absolute path
 * @returns whether anything was built
 */
export async function bundleBrowserWorkers(root: string): Promise<boolean> {
  const outDir = `${root}/static/build`;
  const entries = await browserWorkers(root);
  if (await isCurrent(root, outDir, entries)) return false;

  const results = await Promise.all(entries.map((entry) => bundle(root, outDir, entry)))
    .finally(() => esbuild.stop());
  const stamp: Stamp = { inputs: {}, outputs: {} };
  await Deno.mkdir(outDir, { recursive: true });
  for (const { outputFiles, metafile } of results) {
    for (const { path, contents } of outputFiles) {
      await writeWhole(pathToFileURL(path), contents);
      stamp.outputs[path.slice(outDir.length + 1)] = await fileHash(path);
    }
    for (const path of Object.keys(metafile.inputs)) {
      stamp.inputs[path] = await fileHash(`${root}/${path}`);
    }
  }
  await removeStale(outDir, stamp.outputs);
  await writeWhole(pathToFileURL(`${outDir}/${STAMP}`), utf8(JSON.stringify(stamp, null, 1)));
  return true;
}
