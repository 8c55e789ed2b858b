import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "@std/testing/bdd";
import { bytesOf, equalBytes, fromUtf8 } from "../../lib/bytes.ts";
import { FormatError, ValidationError } from "../../lib/errors.ts";
import { type ModelConfig, parameterCount, tensorSpecs } from "../../lib/format/config.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { packAs, writeTinygpt } from "../../lib/format/write.ts";
import { someWeights, TINY } from "./tinygpt_files.ts";

const shapes: fc.Arbitrary<ModelConfig> = fc.record({
  layers: fc.integer({ min: 1, max: 3 }),
  heads: fc.integer({ min: 1, max: 3 }),
  headWidth: fc.integer({ min: 1, max: 9 }),
  ctx: fc.integer({ min: 1, max: 20 }),
  dMlp: fc.integer({ min: 1, max: 40 }),
  vocabSize: fc.integer({ min: 1, max: 80 }),
}).map(({ headWidth, ...rest }) => ({ ...rest, dModel: rest.heads * headWidth }));

/** Any finite float32, subnormals and negative zero included. */
function weightsOf(config: ModelConfig, seed: number): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(parameterCount(config));
  for (let i = 0; i < bits.length; i++) {
    bits[i] = Math.imul(i + seed, 0x9e3779b1);
    if ((bits[i] & 0x7f800000) === 0x7f800000) bits[i] ^= 0x40000000;
  }
  return new Float32Array(bits.buffer);
}

function sameBits(a: Float32Array | null, b: Float32Array | null): boolean {
  if (a === null || b === null) return a === b;
  return equalBytes(bytesOf(a), bytesOf(b));
}

describe("writing a .tinygpt file", () => {
  it("and reading it gives back every bit of fp32 weights and moments", () => {
    fc.assert(fc.property(shapes, fc.nat(), fc.nat(0x7fffffff), fc.boolean(), (...drawn) => {
      const [config, seed, step, moments] = drawn;
      const weights = weightsOf(config, seed);
      const m = moments ? weightsOf(config, seed + 1) : null;
      const v = moments ? weightsOf(config, seed + 2) : null;
      const file = readTinygpt(writeTinygpt({ config, step, weights, m, v, dtype: "fp32" }));
      assert.deepEqual(file.config, config);
      assert.equal(file.step, step);
      assert.equal(file.version, 2);
      assert.ok(sameBits(file.weights, weights) && sameBits(file.m, m) && sameBits(file.v, v));
    }));
  });

  it("packed gives what packAs foretells, and packing that again changes nothing in fp16", () => {
    const dtypes = fc.constantFrom("fp16" as const, "int4" as const);
    fc.assert(fc.property(shapes, fc.nat(1000), dtypes, (config, salt, dtype) => {
      const weights = someWeights(config, salt);
      const file = readTinygpt(writeTinygpt({ config, step: 0, weights, dtype }));
      assert.equal(file.dtype, dtype);
      assert.ok(sameBits(file.weights, packAs(weights, dtype, config)));
      if (dtype === "fp16") assert.ok(sameBits(packAs(file.weights, dtype, config), file.weights));
    }));
  });

  it("in int4 stays within half a step of each block's scale", () => {
    const weights = someWeights(TINY);
    const packed = packAs(weights, "int4", TINY);
    for (const { offset, size } of tensorSpecs(TINY)) {
      const largest = Math.max(...weights.subarray(offset, offset + size).map(Math.abs));
      for (let i = offset; i < offset + size; i++) {
        assert.ok(Math.abs(weights[i] - packed[i]) <= largest / 7 * 0.51);
      }
    }
  });

  it("in int4 keeps a tensor of zeros zero", () => {
    const packed = packAs(new Float32Array(parameterCount(TINY)), "int4", TINY);
    assert.ok(packed.every((value) => Object.is(value, 0)));
  });

  it("does not depend on the order in which the header was built", () => {
    const base = { config: TINY, step: 3, weights: someWeights(TINY), dtype: "fp32" as const };
    const one = writeTinygpt({ ...base, header: { recipe: { a: 1, b: [2] }, corpus: "x" } });
    const two = writeTinygpt({ ...base, header: { corpus: "x", recipe: { b: [2], a: 1 } } });
    assert.ok(equalBytes(one, two));
  });

  it("carries recipe, chain and further fields, but lets none of them restate the layout", () => {
    const header = {
      recipe: { spec: "exact/1" },
      chain: { leaves: ["00"] },
      trainWallMs: 12.5,
      lossHistory: [{ step: 1, train: 5.5 }],
      config: { learningRate: 0.01, layers: 99 },
      weightDtype: "int4",
      manifest: [],
      absent: undefined,
    };
    const file = readTinygpt(
      writeTinygpt({ config: TINY, step: 1, weights: someWeights(TINY), dtype: "fp16", header }),
    );
    assert.deepEqual(file.recipe, { spec: "exact/1" });
    assert.deepEqual(file.chain, { leaves: ["00"] });
    assert.equal(file.header.trainWallMs, 12.5);
    assert.deepEqual(file.config, TINY);
    assert.equal(file.dtype, "fp16");
    assert.deepEqual(file.header.raw.config, { ...TINY, learningRate: 0.01 });
    assert.equal("absent" in file.header.raw, false);
  });

  it("starts with the header fields in the order older writers use", () => {
    const bytes = writeTinygpt({
      config: TINY,
      step: 0,
      weights: someWeights(TINY),
      dtype: "fp16",
      header: { corpus: "c" },
    });
    const text = fromUtf8(bytes.subarray(12, readHeader(bytes).stateOffset));
    assert.deepEqual(Object.keys(JSON.parse(text)), [
      "version",
      "config",
      "manifest",
      "includesOptimizerState",
      "stateByteLength",
      "weightDtype",
      "corpus",
    ]);
  });
});

describe("the writer refuses", () => {
  const good = { config: TINY, step: 0, weights: someWeights(TINY), dtype: "fp32" as const };

  it("weights of another length than the shape implies", () => {
    assert.throws(
      () => writeTinygpt({ ...good, weights: new Float32Array(5) }),
      (error) => error instanceof ValidationError && error.path === "weights",
    );
  });

  it("one moment without the other, and moments beside packed weights", () => {
    const m = someWeights(TINY);
    assert.throws(() => writeTinygpt({ ...good, m }), ValidationError);
    assert.throws(() => writeTinygpt({ ...good, m, v: m, dtype: "fp16" }), ValidationError);
  });

  it("a weight that is not finite, with its tensor and index", () => {
    const weights = someWeights(TINY);
    weights[parameterCount(TINY) - 1] = NaN;
    assert.throws(
      () => writeTinygpt({ ...good, weights }),
      (error) =>
        error instanceof FormatError && error.message.includes("blocks.0.mlp.fc_out.bias[3]"),
    );
  });

  it("a weight binary16 cannot hold, in both packed dtypes", () => {
    const weights = someWeights(TINY);
    weights[2] = 65520;
    for (const dtype of ["fp16", "int4"] as const) {
      assert.throws(
        () => writeTinygpt({ ...good, weights, dtype }),
        (error) =>
          error instanceof FormatError && error.message.includes("token_embedding.weight[2]"),
      );
    }
    assert.equal(readTinygpt(writeTinygpt({ ...good, weights })).weights[2], 65520);
  });

  it("a step that is no int32, a shape that does not divide and a header that is not JSON", () => {
    assert.throws(() => writeTinygpt({ ...good, step: 1.5 }), ValidationError);
    assert.throws(() => writeTinygpt({ ...good, step: 2 ** 31 }), ValidationError);
    assert.throws(() => writeTinygpt({ ...good, config: { ...TINY, heads: 3 } }), FormatError);
    assert.throws(
      () => writeTinygpt({ ...good, header: { finalLoss: NaN } }),
      (error) => error instanceof ValidationError && error.path === "header.finalLoss",
    );
  });

  it("a header no reader would take", () => {
    let deep: unknown = 0;
    for (let i = 0; i < 70; i++) deep = [deep];
    assert.throws(() => writeTinygpt({ ...good, header: { deep } }), FormatError);
    const corpus = "x".repeat(9 * 2 ** 20);
    assert.throws(() => writeTinygpt({ ...good, header: { corpus } }), ValidationError);
  });
});
