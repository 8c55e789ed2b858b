import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const ROOT = new URL("../", import.meta.url);
const readme = await Deno.readTextFile(new URL("README.md", ROOT));

/** Paths of the annotated tree: two spaces of indent are one level. */
function treePaths(): string[] {
  const block = readme.split("```").find((part) => part.includes("README.md  "));
  assert.ok(block, "README.md holds the annotated tree");
  let folder = "";
  return block.trim().split("\n").map((line) => {
    const name = line.trim().split(/\s/)[0];
    if (!line.startsWith(" ")) folder = name.endsWith("/") ? name : "";
    return line.startsWith(" ") ? folder + name : name;
  });
}

async function tracked(under: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "--cached", "--others", "--exclude-standard", "--", under],
    cwd: ROOT,
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n");
}

describe("the README", () => {
  it("names only files and folders that exist", async () => {
    for (const path of treePaths()) await Deno.stat(new URL(path, ROOT));
  });

  it("names every top-level file and folder, and every part of lib", async () => {
    const listed = new Set(treePaths());
    const top = (path: string) => path.includes("/") ? `${path.split("/")[0]}/` : path;
    const parts = (await tracked("lib")).map((path) => `lib/${top(path.slice(4))}`);
    const missing = [...(await tracked(".")).map(top), ...parts]
      .filter((path) => path !== ".gitignore" && !listed.has(path));
    assert.deepEqual([...new Set(missing)], []);
  });

  it("links only to files that exist", async () => {
    const links = readme.matchAll(/\]\(((?!http)[^)#]+)\)/g);
    for (const [, path] of links) await Deno.stat(new URL(path, ROOT));
  });
});
