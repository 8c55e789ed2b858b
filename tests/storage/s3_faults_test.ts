import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { IntegrityError, TinyproofError, UnavailableError } from "../../lib/errors.ts";
import type { BlobStore } from "../../lib/storage/blobs.ts";
import { openBlobStore } from "../../lib/storage/open_blobs.ts";
import type { S3Settings } from "../../lib/storage/s3_client.ts";
import { type S3Fault, startBucket, type TestBucket } from "../support/s3.ts";

/** As in service, without the waiting. */
const PATIENCE = { attempts: 3, firstDelayMs: 0, stallMs: 500 };
const BYTES = utf8("weights of a model ".repeat(5000));

describe("a bucket that fails", () => {
  let bucket: TestBucket;
  let dataDir: string;
  beforeEach(async () => {
    bucket = await startBucket();
    dataDir = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
  });
  afterEach(async () => {
    await bucket.close();
    await Deno.remove(dataDir, { recursive: true });
  });

  const open = (change: Partial<S3Settings> = {}, patience = PATIENCE) =>
    openBlobStore(
      { dataDir, s3: { ...bucket.settings, ...change }, cacheBytes: 2 ** 20 },
      patience,
    );

  /** A store with nothing in its cache, and the digest of a file in the bucket. */
  async function withFile(): Promise<{ blobs: BlobStore; digest: string }> {
    const { digest } = await (await open()).putBytes(BYTES);
    await Deno.remove(`${dataDir}/cache`, { recursive: true });
    return { blobs: await open(), digest };
  }

  const counted = (method: string) =>
    bucket.requests.filter((line) => line.startsWith(`${method} `) && line.includes("/blobs/"))
      .length;

  const passing: [string, S3Fault["does"]][] = [
    ["says 503", { status: 503 }],
    ["says 500", { status: 500 }],
    ["says 429", { status: 429 }],
    ["gives no answer", "stall"],
    ["stops in the middle of its answer", "stall in the body"],
    ["breaks the connection in the middle of its answer", "cut"],
    ["gives other bytes", "flip a bit"],
  ];
  for (const [what, does] of passing) {
    it(`is read again when it ${what}`, async () => {
      const { blobs, digest } = await withFile();
      bucket.faults.push({ method: "GET", does }, { method: "GET", does });
      assert.deepEqual(await blobs.read(digest), BYTES);
      assert.deepEqual(bucket.faults, []);
      assert.deepEqual([...Deno.readDirSync(`${dataDir}/cache/incoming`)], []);
    });
  }

  for (
    const [what, does] of passing.filter(([, does]) =>
      does !== "stall in the body" && does !== "cut"
    )
  ) {
    it(`is written again when it ${what}`, async () => {
      const blobs = await open();
      bucket.faults.push({ method: "PUT", does }, { method: "PUT", does });
      const { digest } = await blobs.putBytes(BYTES);
      assert.equal(counted("PUT"), 3);
      assert.equal(await blobs.check(digest), BYTES.length);
    });
  }

  it("is not believed when what it stored has another checksum than what was sent", async () => {
    const plain = await startBucket({ checksums: "ignored" });
    try {
      const blobs = await open(plain.settings);
      plain.faults.push({ method: "PUT", does: "flip a bit" });
      const { digest } = await blobs.putBytes(BYTES);
      assert.equal(await blobs.check(digest), BYTES.length);
    } finally {
      await plain.close();
    }
  });

  it("is written once: the same bytes again are not sent again", async () => {
    const { blobs } = await withFile();
    await blobs.putBytes(BYTES);
    assert.equal(counted("PUT"), 1);
  });

  it("is asked once, however often a file is read", async () => {
    const { blobs, digest } = await withFile();
    for (let i = 0; i < 3; i++) await blobs.read(digest);
    assert.equal(counted("GET"), 1);
  });

  it("is reported, with what it said and how often it was asked, when it goes on failing", async () => {
    const { blobs, digest } = await withFile();
    for (let i = 0; i < 3; i++) bucket.faults.push({ method: "GET", does: { status: 503 } });
    await assert.rejects(blobs.read(digest), (error: TinyproofError) => {
      assert.ok(error instanceof UnavailableError);
      assert.match(error.message, /could not read blobs\/[0-9a-f]{64}: HTTP 503 SlowDown, 3 times/);
      assert.match(error.problem.expected ?? "", /bucket tinyproof at 127\.0\.0\.1:\d+/);
      return true;
    });
    assert.deepEqual(await blobs.read(digest), BYTES);
  });

  it("is reported when it keeps other bytes under a name", async () => {
    const { blobs, digest } = await withFile();
    const corrupt = () => {
      for (let i = 0; i < 3; i++) bucket.faults.push({ method: "GET", does: "flip a bit" });
    };
    corrupt();
    await assert.rejects(
      blobs.read(digest),
      (error: Error) =>
        error instanceof IntegrityError && /bytes came whose SHA-256 is/.test(error.message),
    );
    corrupt();
    await assert.rejects(blobs.check(digest), IntegrityError);
  });

  it("leaves nothing behind of an upload that it does not take", async () => {
    const blobs = await open();
    for (let i = 0; i < 3; i++) bucket.faults.push({ method: "PUT", does: { status: 503 } });
    await assert.rejects(blobs.putBytes(BYTES), UnavailableError);
    assert.deepEqual([...Deno.readDirSync(`${dataDir}/cache/incoming`)], []);
    await blobs.putBytes(BYTES);
  });

  const refused: [string, Partial<S3Settings>, RegExp][] = [
    ["the secret is wrong", { secretAccessKey: "sesame" }, /403.*S3_SECRET_ACCESS_KEY/],
    ["there is no such bucket", { bucket: "elsewhere" }, /no such bucket.*Create the bucket/],
    ["nobody listens there", { endpoint: "http://127.0.0.1:1" }, /connection failed \(.*, 3 times/],
  ];
  for (const [what, change, message] of refused) {
    it(`keeps a server from starting when ${what}, and no secret is told`, async () => {
      await assert.rejects(open(change), (error: TinyproofError) => {
        assert.ok(error instanceof UnavailableError);
        const said = `${error.message} ${JSON.stringify(error.problem)} ${Deno.inspect(error)}`;
        assert.match(said.replaceAll("\n", " "), message);
        assert.ok(!/sesame|S3RVER/.test(said), said);
        return true;
      });
    });
  }
});
