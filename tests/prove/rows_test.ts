import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { blockOf, DOCUMENT, replaceBlock } from "../../prove/document.ts";
import { type EngineRow, mergeRows, readRows, rowsText } from "../../prove/engines/rows.ts";
import { RUNTIMES } from "../../prove/engines/runtimes.ts";

function row(name: string, compiler: string, date = "2026-11-23"): EngineRow {
  const [engine, selfTest, golden] = ["a", "b", "c"].map((digit) => digit.repeat(64));
  const version = `${name} 1.2 (V8 15.0)`;
  return {
    name,
    isa: "x86-64",
    compiler,
    version,
    threads: "1, 2",
    engine,
    selfTest,
    golden,
    date,
  };
}

describe("the table of engines", () => {
  it("is read as it was written", () => {
    const text = rowsText([row("Deno", "default"), row("Node", "default")]);
    assert.equal(rowsText(readRows(text)), text);
    assert.match(text, /\| Deno 1\.2 \(V8 15\.0\) \| x86-64 \| default \| 1, 2 \| a{8}…a{4} \|/);
  });

  it("keeps rows that did not run, takes new ones in order, and drops what is not known", () => {
    const order = ["Deno", "Node", "Bun"].map((name) => row(name, "default"));
    const before = [row("Bun", "default", "2026-01-01"), row("Gone", "default")];
    const merged = mergeRows(mergeRows(before, order[0], order), row("Node", "default"), order);
    assert.deepEqual(merged.map(({ name, date }) => `${name} ${date}`), [
      "Deno 2026-11-23",
      "Node 2026-11-23",
      "Bun 2026-01-01",
    ]);
  });

  it("of docs/exactness.md agrees on the self-test and the golden digests, and names known rows", async () => {
    const rows = readRows(blockOf(await Deno.readTextFile(DOCUMENT), "prove engines"));
    assert.ok(rows.length > 0);
    assert.equal(new Set(rows.map(({ selfTest }) => selfTest)).size, 1);
    const known = new Set(RUNTIMES.map((key) => `${key.name} ${key.isa} ${key.compiler}`));
    for (const { name, isa, compiler } of rows) assert.ok(known.has(`${name} ${isa} ${compiler}`));
  });
});

describe("a block of a document", () => {
  it("is replaced between its comments and nowhere else; without them that is an error", async () => {
    const file = new URL(`file://${await Deno.makeTempFile()}`);
    await Deno.writeTextFile(file, "before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n");
    await replaceBlock(file, "x", "new");
    const text = await Deno.readTextFile(file);
    assert.equal(text, "before\n<!-- x -->\nnew\n<!-- end of x -->\nafter\n");
    assert.equal(blockOf(text, "x"), "new");
    await assert.rejects(() => replaceBlock(file, "y", "new"), /Expected <!-- y -->/);
    await Deno.remove(file);
  });
});
