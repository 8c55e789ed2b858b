import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "@std/testing/bdd";
import { modelDigest, tensorDigest } from "../../lib/format/digest.ts";
import { someWeights, TINY } from "./tinygpt_files.ts";

describe("the digest of a model", () => {
  it("hashes the label, the shape with sorted keys and the little-endian weights", async () => {
    const weights = someWeights(TINY);
    const view = new DataView(new ArrayBuffer(4 * weights.length));
    weights.forEach((weight, i) => view.setFloat32(4 * i, weight, true));
    const expected = createHash("sha256")
      .update('model/v1{"ctx":3,"dMlp":5,"dModel":4,"heads":2,"layers":1,"vocabSize":7}')
      .update(new Uint8Array(view.buffer))
      .digest("hex");
    assert.equal(await modelDigest(TINY, weights), expected);
  });

  it("ignores fields that are no part of the shape and the order of keys", async () => {
    const { vocabSize, ...rest } = TINY;
    const padded = { vocabSize, extra: 1, ...rest };
    const weights = someWeights(TINY);
    assert.equal(await modelDigest(padded, weights), await modelDigest(TINY, weights));
  });

  it("changes with one bit of one weight and with the shape", async () => {
    const weights = someWeights(TINY);
    const digest = await modelDigest(TINY, weights);
    assert.notEqual(await modelDigest({ ...TINY, heads: 1 }, weights), digest);
    new Uint32Array(weights.buffer)[7] ^= 1;
    assert.notEqual(await modelDigest(TINY, weights), digest);
  });

  it("of a tensor covers its own bytes only, shared memory included", async () => {
    const shared = new Float32Array(new SharedArrayBuffer(16));
    shared.set([1, 2, 3, 4]);
    const expected = createHash("sha256")
      .update(new Uint8Array(Float32Array.of(2, 3).buffer)).digest("hex");
    assert.equal(await tensorDigest(shared.subarray(1, 3)), expected);
  });

  it("is the same for weights so large that they are hashed in turn", async () => {
    const large = new Float32Array(33 * 2 ** 20).map((_, i) => i);
    const expected = createHash("sha256").update(new Uint8Array(large.buffer)).digest("hex");
    assert.equal(await tensorDigest(large), expected);
  });
});
