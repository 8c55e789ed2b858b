// The scripts of the pages, bundled once for all tests: each application would do it again.

import { Builder } from "fresh/dev";
import { madeOnce, sourcesName } from "./made_once.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** All that scripts are made of. */
const SOURCES = ["islands", "components", "lib", "links", "deno.json"];

export type Mode = "development" | "production";

/** The output folder for a `Builder` of that mode, which finds its work done there. */
export async function bundledIslands(mode: Mode): Promise<string> {
  return await madeOnce(`islands-${mode}`, await sourcesName(SOURCES), async (temporary) => {
    const outDir = `${temporary}/fresh`;
    await new Builder({ root: ROOT, outDir }).build({ mode, snapshot: "disk" });
    return outDir;
  });
}
