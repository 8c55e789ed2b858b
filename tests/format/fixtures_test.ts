import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { equalBytes } from "../../lib/bytes.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { modelDigest } from "../../lib/format/digest.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { packAs, writeTinygpt } from "../../lib/format/write.ts";
import { readFixture } from "./tinygpt_files.ts";

const bytes = {
  fp32: readFixture("old-shakespeare.fp32.tinygpt"),
  fp16: readFixture("old-shakespeare.fp16.tinygpt"),
  int4: readFixture("old-shakespeare.int4.tinygpt"),
};
const fp32 = readTinygpt(bytes.fp32);
const dtypes = ["fp32", "fp16", "int4"] as const;

describe("files of the older engine", () => {
  it("have the shape their header states, in every dtype", () => {
    for (const dtype of dtypes) {
      const file = readTinygpt(bytes[dtype]);
      assert.deepEqual(file.config, {
        layers: 2,
        dModel: 64,
        heads: 2,
        ctx: 64,
        dMlp: 256,
        vocabSize: 256,
      });
      assert.equal(file.version, 2);
      assert.equal(file.dtype, dtype);
      assert.equal(file.step, 1500);
      assert.equal(file.weights.length, 120_576);
      assert.equal(parameterCount(file.config), 120_576);
      assert.equal(file.recipe, null);
      assert.equal(file.chain, null);
    }
  });

  it("carry moments in fp32 only, with second moments never negative", () => {
    assert.equal(fp32.m?.length, 120_576);
    assert.ok(fp32.v?.every((value) => value >= 0));
    assert.equal(readTinygpt(bytes.fp16).m, null);
    assert.equal(readTinygpt(bytes.int4).v, null);
  });

  it("hold layer-norm gains near one where the layout says they stand", () => {
    const gains = fp32.weights.subarray(20_480, 20_544);
    assert.ok(gains.every((gain) => gain > 0.3 && gain < 3));
  });

  it("agree: the fp32 weights packed as fp16 or int4 are the other files' weights", () => {
    for (const dtype of dtypes) {
      const packed = packAs(fp32.weights, dtype, fp32.config);
      const stored = readTinygpt(bytes[dtype]).weights;
      assert.ok(packed.every((value, i) => Object.is(value, stored[i])), dtype);
    }
  });

  it("get the same state, byte for byte, when written again in every dtype", () => {
    for (const dtype of dtypes) {
      const moments = dtype === "fp32" ? { m: fp32.m, v: fp32.v } : {};
      const { config, step, weights } = fp32;
      const written = writeTinygpt({ config, step, weights, ...moments, dtype });
      const newState = written.subarray(readHeader(written).stateOffset);
      const oldState = bytes[dtype].subarray(readHeader(bytes[dtype]).stateOffset);
      assert.ok(equalBytes(newState, oldState), dtype);
    }
  });

  it("tell their length and parameters from the header alone", () => {
    const { stateOffset } = readHeader(bytes.fp32);
    const info = readHeader(bytes.fp32.subarray(0, stateOffset), {}, bytes.fp32.length);
    assert.equal(info.fileByteLength, bytes.fp32.length);
    assert.equal(info.parameters, 120_576);
    assert.equal(info.header.savedAt, "2026-05-29T09:26:55.179Z");
  });

  it("keep fields unknown to the reader", () => {
    const { config } = fp32.header.raw as { config: Record<string, unknown> };
    assert.equal(config.backend, "wasm");
  });

  it("have one digest whatever the alignment of their bytes", async () => {
    const shifted = new Uint8Array(bytes.fp32.length + 3);
    shifted.set(bytes.fp32, 3);
    const { config, weights } = readTinygpt(shifted.subarray(3));
    assert.equal(await modelDigest(config, weights), await modelDigest(fp32.config, fp32.weights));
  });
});
