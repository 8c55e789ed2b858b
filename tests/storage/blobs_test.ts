import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { BudgetError, NotFoundError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { type BlobStore, openBlobStore } from "../../lib/storage/blobs.ts";

describe("blob store", () => {
  let directory: string;
  let blobs: BlobStore;
  beforeEach(async () => {
    directory = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    blobs = await openBlobStore(directory);
  });
  afterEach(() => Deno.remove(directory, { recursive: true }));

  const incoming = () => [...Deno.readDirSync(`${directory}/incoming`)].length;

  it("removes what a killed server left half done, once it is a day old", async () => {
    for (const name of ["old", "young"]) {
      await Deno.writeTextFile(`${directory}/incoming/${name}`, "");
    }
    const old = new Date(Date.now() - 25 * 3600_000);
    await Deno.utime(`${directory}/incoming/old`, old, old);
    await openBlobStore(directory);
    assert.deepEqual([...Deno.readDirSync(`${directory}/incoming`)].map((e) => e.name), ["young"]);
  });

  it("names a file by the SHA-256 of its bytes", async () => {
    const bytes = utf8("tiny model");
    const blob = await blobs.put(ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]), {
      maxBytes: 100,
    });
    assert.deepEqual(blob, { digest: await sha256Hex(bytes), byteLength: bytes.length });
    assert.deepEqual(await blobs.read(blob.digest), bytes);
    assert.equal(await blobs.size(blob.digest), bytes.length);
  });

  it("keeps one file for the same bytes stored twice", async () => {
    const first = await blobs.putBytes(utf8("same"));
    const second = await blobs.putBytes(utf8("same"));
    assert.deepEqual(first, second);
    assert.equal(incoming(), 0);
  });

  it("stops a stream over its limit and keeps nothing of it", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(pulled++ % 256)),
    });
    await assert.rejects(blobs.put(endless, { maxBytes: 10_000 }), BudgetError);
    assert.ok(pulled < 20, `read ${pulled} chunks`);
    assert.equal(incoming(), 0);
  });

  it("keeps nothing of a stream that breaks off", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(utf8("half"));
        controller.error(new Error("connection lost"));
      },
    });
    await assert.rejects(blobs.put(broken, { maxBytes: 100 }), /connection lost/);
    assert.equal(incoming(), 0);
  });

  it("says when a file is not there, and lets no path pass for a digest", async () => {
    const unknown = "0".repeat(64);
    assert.equal(await blobs.has(unknown), false);
    await assert.rejects(blobs.read(unknown), NotFoundError);
    assert.throws(() => blobs.path("../../etc/passwd"), NotFoundError);
  });
});
