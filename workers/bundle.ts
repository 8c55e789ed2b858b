// Bundles the workers that run in a browser into static/build. Knows nothing of pages or islands.

import * as esbuild from "esbuild";
import { sha256Hex } from "../lib/hash.ts";

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
    Object.keys(stamp.outputs).length === entries.length &&
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

/**
 * Writes `static/build/<name>.js` for every `workers/<name>.ts` that ends in `_browser`, and
 * `manifest.json` with the SHA-256 of each. Does nothing when no source changed.
 * @param root the project, an absolute path
 * @returns whether anything was built
 */
export async function bundleBrowserWorkers(root: string): Promise<boolean> {
  const outDir = `${root}/static/build`;
  const entries = await browserWorkers(root);
  if (await isCurrent(root, outDir, entries)) return false;

  const result = await esbuild.build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: outDir,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    legalComments: "none",
    metafile: true,
    write: false,
    logLevel: "silent",
  }).finally(() => esbuild.stop());

  const stamp: Stamp = { inputs: {}, outputs: {} };
  await Deno.mkdir(outDir, { recursive: true });
  for (const { path, contents } of result.outputFiles) {
    await Deno.writeFile(path, contents);
    stamp.outputs[path.slice(outDir.length + 1)] = await fileHash(path);
  }
  for (const path of Object.keys(result.metafile.inputs)) {
    stamp.inputs[path] = await fileHash(`${root}/${path}`);
  }
  await Deno.writeTextFile(`${outDir}/${STAMP}`, JSON.stringify(stamp, null, 1));
  return true;
}
