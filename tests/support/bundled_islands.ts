// The scripts of the pages, bundled once for all tests: each application would do it again.

import { Builder } from "fresh/dev";
import { utf8 } from "../../lib/bytes.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { madeOnce } from "./prepared_tables.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** All that scripts are made of. */
const SOURCES = ["islands", "components", "lib", "links", "deno.json"];

export type Mode = "development" | "production";

/** The output folder for a `Builder` of that mode, which finds its work done there. */
export async function bundledIslands(mode: Mode): Promise<string> {
  return await madeOnce(`islands-${mode}-${await sourcesName()}`, async (temporary) => {
    const outDir = `${temporary}/fresh`;
    await new Builder({ root: ROOT, outDir }).build({ mode, snapshot: "disk" });
    return outDir;
  });
}

/** Another name after every change. */
async function sourcesName(): Promise<string> {
  const stamps = await Promise.all(SOURCES.map((name) => stampsOf(`${ROOT}${name}`)));
  return (await sha256Hex(utf8(stamps.flat().sort().join()))).slice(0, 16);
}

async function stampsOf(path: string): Promise<string[]> {
  const { isDirectory, mtime, size } = await Deno.stat(path);
  if (!isDirectory) return [`${path} ${size} ${mtime?.getTime()}`];
  const entries = (await Array.fromAsync(Deno.readDir(path)))
    .filter(({ name }) => name !== "node_modules");
  return (await Promise.all(entries.map(({ name }) => stampsOf(`${path}/${name}`)))).flat();
}
