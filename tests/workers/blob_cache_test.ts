import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { BlobCache, type FetchBlob } from "../../workers/blob_cache.ts";

const NEVER: FetchBlob = () => assert.fail("it is here");

describe("the files a worker has fetched", () => {
  let directory: string;
  let cache: BlobCache;
  beforeEach(async () => {
    directory = await Deno.makeTempDir({ prefix: "tinyproof-cache-" });
    cache = new BlobCache({ directory: `${directory}/files`, maxBytes: 100 });
  });
  afterEach(() => Deno.remove(directory, { recursive: true }));

  async function blobOf(text: string) {
    const bytes = utf8(text);
    return { bytes, blob: { sha256: await sha256Hex(bytes), byteLength: bytes.length } };
  }
  const target = () => `${directory}/target`;
  const kept = () => [...Deno.readDirSync(`${directory}/files`)].map(({ name }) => name).sort();

  /** Gives the bytes from `offset` on, and remembers where it was asked to begin. */
  function source(bytes: Uint8Array): { offsets: number[]; fetch: FetchBlob } {
    const offsets: number[] = [];
    return {
      offsets,
      async *fetch(_blob, offset) {
        offsets.push(offset);
        yield bytes.subarray(offset, offset + 3);
        yield bytes.subarray(offset + 3);
      },
    };
  }

  it("are fetched once and copied ever after", async () => {
    const { bytes, blob } = await blobOf("a model file");
    await cache.copy(blob, target(), source(bytes).fetch);
    assert.deepEqual(await Deno.readFile(target()), bytes);
    await Deno.remove(target());
    await cache.copy(blob, target(), NEVER);
    assert.deepEqual(await Deno.readFile(target()), bytes);
  });

  it("are copies: who writes on one changes no other", async () => {
    const { bytes, blob } = await blobOf("a model file");
    await cache.copy(blob, target(), source(bytes).fetch);
    await Deno.writeTextFile(target(), "scribbled");
    await cache.copy(blob, target(), NEVER);
    assert.deepEqual(await Deno.readFile(target()), bytes);
  });

  it("go on where a download broke off", async () => {
    const { bytes, blob } = await blobOf("a model file");
    const broken: FetchBlob = async function* () {
      yield bytes.subarray(0, 5);
      throw new Error("the line broke");
    };
    await assert.rejects(cache.copy(blob, target(), broken), /the line broke/);
    const { offsets, fetch } = source(bytes);
    await cache.copy(blob, target(), fetch);
    assert.deepEqual(offsets, [5]);
    assert.deepEqual(await Deno.readFile(target()), bytes);
  });

  it("that end too early are not taken for whole", async () => {
    const { bytes, blob } = await blobOf("a model file");
    const short: FetchBlob = async function* () {
      yield bytes.subarray(0, 5);
    };
    await assert.rejects(cache.copy(blob, target(), short), Deno.errors.UnexpectedEof);
  });

  it("are refused when other bytes come than were promised", async () => {
    const { blob } = await blobOf("a model file");
    const { offsets, fetch } = source(utf8("another file"));
    await assert.rejects(cache.copy(blob, target(), fetch), IntegrityError);
    assert.deepEqual([offsets, kept()], [[0, 0], []]);
  });

  it("are refused when more bytes come than were promised", async () => {
    const { bytes, blob } = await blobOf("a model file");
    const { fetch } = source(utf8("a model file and a flood"));
    await assert.rejects(cache.copy(blob, target(), fetch), IntegrityError);
    await cache.copy(blob, target(), source(bytes).fetch);
  });

  it("are fetched again when the disk has changed them", async () => {
    const { bytes, blob } = await blobOf("a model file");
    await cache.copy(blob, target(), source(bytes).fetch);
    await Deno.writeTextFile(`${directory}/files/${blob.sha256}`, "a model fi1e");
    await cache.copy(blob, target(), source(bytes).fetch);
    assert.deepEqual(await Deno.readFile(target()), bytes);
  });

  it("make room for others, those not used for longest first", async () => {
    const files = await Promise.all(["a", "b", "c"].map((letter) => blobOf(letter.repeat(40))));
    const ages = [3000, 2000, 1000];
    for (const [i, { bytes, blob }] of files.slice(0, 2).entries()) {
      await cache.copy(blob, target(), source(bytes).fetch);
      const used = new Date(Date.now() - ages[i] * 1000);
      await Deno.utime(`${directory}/files/${blob.sha256}`, used, used);
    }
    // Used again, the oldest is the newest.
    await cache.copy(files[0].blob, target(), NEVER);
    await cache.copy(files[2].blob, target(), source(files[2].bytes).fetch);
    assert.deepEqual(kept(), [files[0].blob.sha256, files[2].blob.sha256].sort());
  });

  it("are fetched once when two jobs want them at the same time", async () => {
    const { bytes, blob } = await blobOf("a model file");
    const { offsets, fetch } = source(bytes);
    await Promise.all([
      cache.copy(blob, target(), fetch),
      cache.copy(blob, `${target()}-2`, fetch),
    ]);
    assert.deepEqual(offsets, [0]);
  });
});
