import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import root from "../../deno.json" with { type: "json" };
import others from "../../bench/others/deno.json" with { type: "json" };
import { importsOf, sourceFiles } from "../support/source_files.ts";

/** Packages that `files` and all they import need. */
async function packagesOf(files: readonly string[]): Promise<Set<string>> {
  const seen = new Set<string>(), packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { specifier, path } of await importsOf(file)) {
      if (path) await visit(path);
      else if (!specifier.startsWith("node:")) packages.add(packageName(specifier));
    }
  };
  for (const file of files) await visit(file);
  return packages;
}

function packageName(specifier: string): string {
  return specifier.match(/^(@[^/]+\/)?[^/]+/)![0];
}

describe("the comparison with other engines", () => {
  it("names every package it needs, and no other", async () => {
    const files = sourceFiles("bench/others/");
    const needed = await packagesOf([...files, "workers/compute_thread_browser.ts"]);
    assert.deepEqual([...needed].sort(), Object.keys(others.imports).sort());
  });

  it("uses the versions of the rest where both need a package", () => {
    const versions: Record<string, string> = root.imports;
    for (const [name, version] of Object.entries(others.imports)) {
      if (name in versions) assert.equal(version, versions[name]);
    }
  });

  it("leaves the engines it compares with out of what everyone downloads", () => {
    const own = Object.keys(others.imports).filter((name) => !(name in root.imports));
    assert.ok(own.includes("onnxruntime-web"));
    const lock = Deno.readTextFileSync(new URL("../../deno.lock", import.meta.url));
    for (const name of own) assert.ok(!lock.includes(`npm:${name}@`), name);
  });
});
