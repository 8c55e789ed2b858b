import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { sendBlob, sendFile } from "../../lib/http/files.ts";
import type { BlobStore } from "../../lib/storage/blobs.ts";
import { openBlobStore } from "../../lib/storage/open_blobs.ts";
import { startBucket, type TestBucket } from "../support/s3.ts";

const TEXT = "0123456789";

describe("files over HTTP", () => {
  let bucket: TestBucket;
  let dataDir: string;
  let onDisk: BlobStore;
  let inBucket: BlobStore;
  let digest: string;
  beforeAll(async () => {
    bucket = await startBucket();
    dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    onDisk = await openBlobStore({ dataDir, cacheBytes: 1 });
    inBucket = await openBlobStore({ dataDir, s3: bucket.settings, cacheBytes: 2 ** 20 });
    for (const blobs of [onDisk, inBucket]) ({ digest } = await blobs.putBytes(utf8(TEXT)));
  });
  afterAll(async () => {
    await bucket.close();
    await Deno.remove(dataDir, { recursive: true });
  });

  function send(blobs: BlobStore, headers: Record<string, string> = {}, method = "GET") {
    const request = new Request("http://board.test/files/x", { headers, method });
    return sendBlob(request, blobs, { digest, fileName: "model.tinygpt" });
  }
  /** As a page asks for it. */
  const FETCHED = { "sec-fetch-mode": "cors" };

  const ranges: [string, string, number, string | null][] = [
    ["bytes=0-3", "0123", 206, "bytes 0-3/10"],
    ["bytes=4-", "456789", 206, "bytes 4-9/10"],
    ["bytes=-3", "789", 206, "bytes 7-9/10"],
    ["bytes=-30", TEXT, 206, "bytes 0-9/10"],
    ["bytes=8-80", "89", 206, "bytes 8-9/10"],
    ["bytes=10-", "", 416, "bytes */10"],
    ["bytes=-0", "", 416, "bytes */10"],
    ["bytes=0-1,3-4", TEXT, 200, null],
    ["bytes=5-4", TEXT, 200, null],
    ["bytes=-", TEXT, 200, null],
    ["lines=1-2", TEXT, 200, null],
  ];
  for (const [range, text, status, contentRange] of ranges) {
    it(`answer ${range} with ${status}`, async () => {
      for (const blobs of [onDisk, inBucket]) {
        const response = await send(blobs, { ...FETCHED, range });
        assert.equal(response.status, status);
        assert.equal(response.headers.get("content-range"), contentRange);
        assert.equal(await response.text(), text);
        if (status < 300) {
          assert.equal(response.headers.get("content-length"), String(text.length));
        }
      }
    });
  }

  it("go on only where the client has the same file", async () => {
    const range = "bytes=4-";
    const same = await send(onDisk, { range, "if-range": `"${digest}"` });
    assert.equal(await same.text(), "456789");
    const other = await send(onDisk, { range, "if-range": '"other"' });
    assert.equal(other.status, 200);
    assert.equal(await other.text(), TEXT);
  });

  it("say their length without a body, and nothing to who has them", async () => {
    for (const blobs of [onDisk, inBucket]) {
      const head = await send(blobs, {}, "HEAD");
      assert.deepEqual([head.status, head.headers.get("content-length")], [200, "10"]);
      assert.equal(await head.text(), "");
      const known = await send(blobs, { ...FETCHED, "if-none-match": `"${digest}"` });
      assert.equal(known.status, 304);
    }
  });

  for (const headers of [{}, { "sec-fetch-mode": "navigate" }] as Record<string, string>[]) {
    it(`in a bucket are fetched there by ${headers["sec-fetch-mode"] ?? "programs"}`, async () => {
      const response = await send(inBucket, headers);
      assert.equal(response.status, 302);
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("vary"), "sec-fetch-mode");
      const address = response.headers.get("location") ?? "";
      assert.equal(new URL(address).searchParams.get("X-Amz-Expires"), "300");
      const there = await fetch(address);
      assert.equal(there.status, 200);
      assert.equal(
        there.headers.get("content-disposition"),
        'attachment; filename="model.tinygpt"',
      );
      assert.equal(await there.text(), TEXT);
      const part = await fetch(address, { headers: { range: "bytes=2-4" } });
      assert.deepEqual([part.status, await part.text()], [206, "234"]);
      const forged = await fetch(address.replace("Expires=300", "Expires=3000"));
      assert.equal(forged.status, 403);
      await forged.body?.cancel();
    });
  }

  it("come from here for what a page fetches, whose policy allows no other origin", async () => {
    for (const mode of ["cors", "same-origin", "no-cors"]) {
      const response = await send(inBucket, { "sec-fetch-mode": mode });
      assert.equal(response.status, 200);
      assert.equal(await response.text(), TEXT);
    }
  });

  it("come from here for everybody where readers cannot reach the bucket", async () => {
    const s3 = { ...bucket.settings, redirect: false };
    const response = await send(await openBlobStore({ dataDir, s3, cacheBytes: 2 ** 20 }));
    assert.deepEqual([response.status, await response.text()], [200, TEXT]);
  });

  it("that are nowhere are not found", async () => {
    const request = new Request("http://board.test/files/x");
    for (const blobs of [onDisk, inBucket]) {
      const missing = { digest: "0".repeat(64), fileName: "x" };
      await assert.rejects(sendBlob(request, blobs, missing), NotFoundError);
    }
  });

  it("of the disk are sent in parts too", async () => {
    const path = `${dataDir}/file`;
    await Deno.writeTextFile(path, TEXT);
    const request = new Request("http://board.test/x", { headers: { range: "bytes=1-2" } });
    const response = await sendFile(request, path, { etag: "1", headers: {} });
    assert.deepEqual([response.status, await response.text()], [206, "12"]);
  });
});
