import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";

let root: string;
const script = () => `${root}/static/build/add_browser.js`;

beforeEach(async () => {
  root = await Deno.makeTempDir();
  await Deno.mkdir(`${root}/workers`);
  await Deno.writeTextFile(`${root}/workers/sum.ts`, "export const sum: number = 1 + 1;\n");
  await Deno.writeTextFile(
    `${root}/workers/add_browser.ts`,
    'import { sum } from "./sum.ts";\nself.postMessage(sum);\n',
  );
  await Deno.writeTextFile(`${root}/workers/job.ts`, "Deno.exit();\n");
});
afterEach(() => Deno.remove(root, { recursive: true }));

describe("browser workers", () => {
  it("become one script each; other workers are left alone", async () => {
    assert.equal(await bundleBrowserWorkers(root), true);
    const names = [...Deno.readDirSync(`${root}/static/build`)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["add_browser.js", "manifest.json"]);
    assert.match(await Deno.readTextFile(script()), /postMessage/);
    assert.doesNotMatch(await Deno.readTextFile(script()), /import/);
  });

  it("keep what they import dynamically in scripts apart, and no script of an earlier build", async () => {
    const entry = `${root}/workers/add_browser.ts`;
    await Deno.writeTextFile(entry, 'import("./sum.ts").then(({ sum }) => postMessage(sum));\n');
    const scripts = () =>
      [...Deno.readDirSync(`${root}/static/build`)].map(({ name }) => name).filter((name) =>
        /^sum-\w+\.js$/.test(name)
      );
    assert.equal(await bundleBrowserWorkers(root), true);
    const first = scripts();
    assert.equal(first.length, 1);
    assert.ok((await Deno.readTextFile(script())).includes(first[0]));
    assert.equal(await bundleBrowserWorkers(root), false);
    await Deno.writeTextFile(`${root}/workers/sum.ts`, "export const sum: number = 3;\n");
    assert.equal(await bundleBrowserWorkers(root), true);
    assert.equal(scripts().length, 1);
    assert.notDeepEqual(scripts(), first);
  });

  it("are built again only when a source or a script changed", async () => {
    await bundleBrowserWorkers(root);
    assert.equal(await bundleBrowserWorkers(root), false);
    await Deno.writeTextFile(`${root}/workers/sum.ts`, "export const sum: number = 3;\n");
    assert.equal(await bundleBrowserWorkers(root), true);
    await Deno.writeTextFile(script(), "tampered");
    assert.equal(await bundleBrowserWorkers(root), true);
    await Deno.writeTextFile(`${root}/workers/more_browser.ts`, "self.close();\n");
    assert.equal(await bundleBrowserWorkers(root), true);
  });

  it("are whole at any moment for those who read them meanwhile", async () => {
    const source = `export const sum = "${"x".repeat(4_000_000)}";\n`;
    await Deno.writeTextFile(`${root}/workers/sum.ts`, source);
    await bundleBrowserWorkers(root);
    const { size } = await Deno.stat(script());
    const sizes = new Set<number>();
    for (let i = 0; i < 5; i++) {
      // Another source, the same script.
      await Deno.writeTextFile(`${root}/workers/sum.ts`, `${source}// ${i}\n`);
      let building = true;
      const built = bundleBrowserWorkers(root).finally(() => building = false);
      while (building) sizes.add((await Deno.stat(script())).size);
      assert.equal(await built, true);
    }
    assert.deepEqual([...sizes], [size]);
  });
});
