import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { BudgetError, IntegrityError, NotFoundError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import type { BlobStore } from "../../lib/storage/blobs.ts";
import { openDiskBlobs } from "../../lib/storage/disk_blobs.ts";
import { openBlobStore } from "../../lib/storage/open_blobs.ts";
import { type BucketOptions, startBucket, type TestBucket } from "../support/s3.ts";

interface Place {
  name: string;
  /** Where uploads on their way are kept, below the data directory. */
  incoming: string;
  start?: BucketOptions;
}

const PLACES: Place[] = [
  { name: "on the local disk", incoming: "blobs/incoming" },
  { name: "in a bucket", incoming: "cache/incoming", start: {} },
  {
    name: "in a bucket that compares no checksums",
    incoming: "cache/incoming",
    start: { checksums: "ignored" },
  },
  {
    name: "in a bucket that knows no checksums",
    incoming: "cache/incoming",
    start: { checksums: "refused" },
  },
];

for (const { name, incoming, start } of PLACES) {
  describe(`blob store ${name}`, () => {
    let bucket: TestBucket | null = null;
    let dataDir: string;
    let blobs: BlobStore;
    beforeAll(async () => {
      if (start) bucket = await startBucket(start);
    });
    afterAll(() => bucket?.close());
    beforeEach(async () => {
      dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
      blobs = await open();
    });
    afterEach(() => Deno.remove(dataDir, { recursive: true }));

    const open = (directory = dataDir) =>
      openBlobStore({ dataDir: directory, s3: bucket?.settings, cacheBytes: 2 ** 20 });
    const arriving = () => [...Deno.readDirSync(`${dataDir}/${incoming}`)].length;
    /** A store that has nothing on this machine but what it fetches. */
    async function elsewhere(): Promise<BlobStore> {
      if (bucket) await Deno.remove(`${dataDir}/cache`, { recursive: true });
      return await open();
    }
    async function textOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
      return await new Response(stream).text();
    }

    it("removes what a killed server left half done, once it is a day old", async () => {
      for (const name of ["old", "young"]) {
        await Deno.writeTextFile(`${dataDir}/${incoming}/${name}`, "");
      }
      const old = new Date(Date.now() - 25 * 3600_000);
      await Deno.utime(`${dataDir}/${incoming}/old`, old, old);
      await open();
      assert.deepEqual([...Deno.readDirSync(`${dataDir}/${incoming}`)].map((e) => e.name), [
        "young",
      ]);
    });

    it("names a file by the SHA-256 of its bytes", async () => {
      const bytes = utf8("tiny model");
      const blob = await blobs.put(ReadableStream.from([bytes.slice(0, 3), bytes.slice(3)]), {
        maxBytes: 100,
      });
      assert.deepEqual(blob, { digest: await sha256Hex(bytes), byteLength: bytes.length });
      const other = await elsewhere();
      assert.equal(await other.has(blob.digest), true);
      assert.equal(await other.size(blob.digest), bytes.length);
      assert.deepEqual(await other.read(blob.digest), bytes);
      assert.equal(await other.size(blob.digest), bytes.length);
      assert.deepEqual(await Deno.readFile(await other.localPath(blob.digest)), bytes);
    });

    it("keeps an empty file too", async () => {
      const { digest, byteLength } = await blobs.putBytes(new Uint8Array());
      assert.equal(byteLength, 0);
      assert.deepEqual(await (await elsewhere()).read(digest), new Uint8Array());
    });

    it("gives a file as a stream, whole or in part, and its beginning", async () => {
      const { digest } = await blobs.putBytes(utf8("0123456789"));
      const other = await elsewhere();
      assert.equal(await textOf(await other.open(digest)), "0123456789");
      assert.equal(await textOf(await other.open(digest, { start: 3, end: 7 })), "3456");
      assert.deepEqual(await other.readPrefix(digest, 4), utf8("0123"));
      assert.deepEqual(await other.readPrefix(digest, 40), utf8("0123456789"));
    });

    it("gives a file to many who ask at the same time", async () => {
      const bytes = crypto.getRandomValues(new Uint8Array(60_000));
      const { digest } = await blobs.putBytes(bytes);
      const other = await elsewhere();
      const read = await Promise.all([..."123456"].map(() => other.read(digest)));
      for (const one of read) assert.deepEqual(one, bytes);
    });

    it("keeps one file for the same bytes stored twice", async () => {
      const first = await blobs.putBytes(utf8("same"));
      const second = await blobs.putBytes(utf8("same"));
      assert.deepEqual(first, second);
      assert.equal(arriving(), 0);
      assert.equal(await textOf(await blobs.open(first.digest)), "same");
    });

    it("stops a stream over its limit and keeps nothing of it", async () => {
      let pulled = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(pulled++ % 256)),
      });
      await assert.rejects(blobs.put(endless, { maxBytes: 10_000 }), BudgetError);
      assert.ok(pulled < 20, `read ${pulled} chunks`);
      assert.equal(arriving(), 0);
    });

    it("keeps nothing of a stream that breaks off", async () => {
      let sent = false;
      const broken = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (!sent) controller.enqueue(utf8("half"));
          else controller.error(new Error("connection lost"));
          sent = true;
        },
      });
      await assert.rejects(blobs.put(broken, { maxBytes: 100 }), /connection lost/);
      assert.equal(arriving(), 0);
      assert.equal(await blobs.has(await sha256Hex(utf8("half"))), false);
    });

    it("removes a file, and says so of one that is not there", async () => {
      const { digest } = await blobs.putBytes(utf8("to be removed"));
      await blobs.delete(digest);
      assert.equal(await blobs.has(digest), false);
      assert.equal(await (await elsewhere()).has(digest), false);
      for (const name of ["read", "open", "localPath", "size", "check"] as const) {
        await assert.rejects(blobs[name](digest), NotFoundError);
      }
      await assert.rejects(blobs.readPrefix(digest, 3), NotFoundError);
    });

    it("has no file that another server has removed", async () => {
      const { digest } = await blobs.putBytes(utf8("removed elsewhere"));
      const other = `${dataDir}/other`;
      await (await open(bucket ? other : dataDir)).delete(digest);
      assert.equal(await blobs.has(digest), false);
    });

    it("lets no path pass for a digest", async () => {
      const path = "../../etc/passwd";
      for (const name of ["read", "open", "localPath", "size", "has", "delete"] as const) {
        await assert.rejects(async () => await blobs[name](path), NotFoundError);
      }
    });

    it("checks bytes where they are kept", async () => {
      const { digest } = await blobs.putBytes(utf8("to be checked"));
      assert.equal(await blobs.check(digest), 13);
    });
  });
}

it("a blob store on the local disk says when a file of it is not what it was", async () => {
  const directory = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
  const blobs = await openDiskBlobs(directory);
  const { digest } = await blobs.putBytes(utf8("whole"));
  await Deno.writeTextFile(await blobs.localPath(digest), "hole");
  await assert.rejects(blobs.check(digest), IntegrityError);
  await Deno.remove(directory, { recursive: true });
});
