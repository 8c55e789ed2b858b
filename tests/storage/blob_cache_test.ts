import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { BlobCache } from "../../lib/storage/blob_cache.ts";

const HOUR_MS = 3600_000;

describe("cache of blobs", () => {
  let directory: string;
  let nowMs: number;
  beforeEach(async () => {
    directory = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    nowMs = Date.UTC(2026, 0, 1);
  });
  afterEach(() => Deno.remove(directory, { recursive: true }));

  const open = (maxBytes: number) => BlobCache.open(directory, { maxBytes, nowMs: () => nowMs });
  const digestOf = (letter: string) => letter.repeat(64);

  /** A hundred bytes under a digest, an hour after whatever came before. */
  async function insert(cache: BlobCache, letter: string): Promise<void> {
    nowMs += HOUR_MS;
    const incoming = cache.incomingPath();
    await Deno.writeFile(incoming, new Uint8Array(100));
    await cache.insert(digestOf(letter), incoming);
  }

  async function kept(cache: BlobCache): Promise<string> {
    let letters = "";
    for (const letter of "abcdef") {
      const path = `${directory}/${letter}${letter}/${digestOf(letter)}`;
      if (await Deno.stat(path).catch(() => null)) letters += letter;
    }
    assert.equal(await cache.find(digestOf("0")), null);
    return letters;
  }

  it("removes what was not used for longest when it is full", async () => {
    const cache = await open(350);
    for (const letter of "abc") await insert(cache, letter);
    nowMs += HOUR_MS;
    assert.ok(await cache.find(digestOf("a")));
    await insert(cache, "d");
    assert.equal(await kept(cache), "acd");
  });

  it("keeps what was just used, even beyond its size", async () => {
    const cache = await open(150);
    await insert(cache, "a");
    await insert(cache, "b");
    assert.equal(await kept(cache), "b");
    assert.ok(await cache.find(digestOf("b")));
    const incoming = cache.incomingPath();
    await Deno.writeFile(incoming, new Uint8Array(100));
    await cache.insert(digestOf("c"), incoming);
    assert.equal(await kept(cache), "bc");
  });

  it("knows after a restart what it holds, and keeps to a smaller size", async () => {
    const cache = await open(1000);
    for (const letter of "abc") await insert(cache, letter);
    nowMs += HOUR_MS;
    assert.equal(await kept(await open(220)), "c");
  });

  it("has no file that another server has removed", async () => {
    const cache = await open(1000);
    await insert(cache, "a");
    const path = await cache.find(digestOf("a"));
    await Deno.remove(path ?? "");
    assert.equal(await cache.find(digestOf("a")), null);
    await cache.forget(digestOf("a"));
  });
});
