import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { WorkList } from "../../lib/dump/work_list.ts";

describe("the list of a copy's addresses", () => {
  let dir: string;
  let list: WorkList;
  beforeEach(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-list-" });
    list = new WorkList(`${dir}/list.sqlite`);
  });
  afterEach(async () => {
    list[Symbol.dispose]();
    await Deno.remove(dir, { recursive: true });
  });

  const write = (address: string, file: string) => {
    const claimed = list.claimFile(file, address);
    list.settle(address, { state: "written", kind: "page", file: claimed, status: 200, csp: null });
    return claimed;
  };

  it("gives each address once, in the order it was found", () => {
    list.add(["/a", "/b", "/a"]);
    assert.deepEqual(list.take(2), ["/a", "/b"]);
    list.add(["/b", "/c"]);
    assert.deepEqual(list.take(5), ["/c"]);
    assert.deepEqual(list.take(5), []);
    assert.deepEqual(list.progress(), { taken: 3, found: 3 });
  });

  it("keeps apart names that differ only by their case", () => {
    list.add(["/authors/Bob", "/authors/bob"]);
    assert.equal(write("/authors/Bob", "authors/Bob/index.html"), "authors/Bob/index.html");
    assert.equal(write("/authors/bob", "authors/bob/index.html"), "authors/bob~2/index.html");
    assert.equal(list.find("/authors/bob")?.file, "authors/bob~2/index.html");
    assert.equal(list.claimFile("x/CHUNK.js", "/x/CHUNK.js"), "x/CHUNK.js");
    assert.equal(list.claimFile("x/chunk.js", "/x/chunk.js"), "x/chunk~2.js");
  });

  it("finds what stands behind redirects, and nothing behind a circle of them", () => {
    list.add(["/old", "/older", "/new", "/round", "/about"]);
    write("/new", "new/index.html");
    list.settle("/old", { state: "redirect", target: "/new" });
    list.settle("/older", { state: "redirect", target: "/old" });
    list.settle("/round", { state: "redirect", target: "/about" });
    list.settle("/about", { state: "redirect", target: "/round" });
    assert.equal(list.find("/older")?.address, "/new");
    assert.equal(list.find("/round"), null);
    assert.equal(list.find("/unknown"), null);
  });

  it("knows the page before, and the last one of a series", () => {
    list.add(["/l", "/l?after=1", "/l?after=2", "/other"]);
    for (const address of ["/l", "/l?after=1", "/l?after=2", "/other"]) {
      write(address, `${address}/x`);
    }
    list.goesOn("/l", "/l?after=1");
    list.goesOn("/l?after=1", "/l?after=2");
    // Who comes another way changes nothing.
    list.goesOn("/other", "/l?after=2");
    assert.equal(list.pageBefore("/l?after=2")?.address, "/l?after=1");
    assert.equal(list.pageBefore("/l"), null);
    assert.equal(list.lastPage("/l")?.address, "/l?after=2");
    assert.equal(list.lastPage("/l?after=1")?.address, "/l?after=2");
    assert.equal(list.lastPage("/other"), null);
  });

  it("misses what is linked somewhere, not what was only tried", () => {
    list.add(["/tried"], { optional: true });
    list.add(["/both"], { optional: true });
    list.add(["/both", "/linked"]);
    for (const address of ["/tried", "/both", "/linked"]) {
      list.settle(address, { state: "missing", status: 404 });
    }
    assert.deepEqual(list.missing().map(({ address }) => address), ["/both", "/linked"]);
  });

  it("can be changed while it is gone through, however long it is", () => {
    const addresses = Array.from({ length: 6000 }, (_, i) => `/p/${i}`);
    list.add(addresses);
    for (const address of addresses) write(address, `${address.slice(1)}/index.html`);
    let seen = 0;
    for (const { file } of list.written()) {
      list.hashed(file, "ab", 2);
      seen++;
    }
    assert.equal(seen, 6000);
    assert.deepEqual(list.totals(), { pages: 6000, files: 6000, bytes: 12_000 });
    assert.equal([...list.files()].filter(({ sha256 }) => sha256 === "ab").length, 6000);
  });
});
