import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { concatBytes, uint32le, utf8 } from "../../lib/bytes.ts";
import { FormatError } from "../../lib/errors.ts";
import { parameterCount, tensorSpecs } from "../../lib/format/config.ts";
import { packHalf } from "../../lib/format/half.ts";
import { DEFAULT_LIMITS, readHeader, readTinygpt } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { fileOf, someWeights, TINY } from "./tinygpt_files.ts";

const parameters = parameterCount(TINY);
const weightsOnly = { config: TINY, includesOptimizerState: false };
const state = concatBytes([uint32le(9), new Uint8Array(someWeights(TINY).buffer)]);

/** Reads and returns the error, which must be complete whatever went wrong. */
function refusal(bytes: Uint8Array, limits = {}): FormatError {
  try {
    readTinygpt(bytes, limits);
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    const { expected, got, fix } = error.problem;
    assert.ok(expected && got && fix, "expected, got and fix are all given");
    assert.ok(Number.isSafeInteger(error.offset) && error.offset >= 0);
    return error;
  }
  assert.fail("the file was read");
}

/** The error for a file whose header is `change` over a good one. */
function headerRefusal(change: Record<string, unknown>): FormatError {
  return refusal(fileOf({ ...weightsOnly, ...change }, state));
}

function configRefusal(change: Record<string, unknown>): FormatError {
  return headerRefusal({ config: { ...TINY, ...change } });
}

describe("reading a .tinygpt file", () => {
  it("takes versions 1 and 2", () => {
    assert.equal(readTinygpt(fileOf(weightsOnly, state, 1)).version, 1);
    const file = readTinygpt(fileOf(weightsOnly, state, 2));
    assert.equal(file.version, 2);
    assert.equal(file.step, 9);
    assert.deepEqual(file.weights, someWeights(TINY));
  });

  it("fills in the MLP width and the byte vocabulary older files leave out", () => {
    const config = { layers: 1, dModel: 2, heads: 1, ctx: 2, vocabSize: null };
    const full = { ...config, dMlp: 8, vocabSize: 256 };
    const bytes = new Uint8Array(4 + 4 * parameterCount(full));
    const file = readTinygpt(fileOf({ config, includesOptimizerState: false }, bytes));
    assert.deepEqual(file.config, full);
  });

  it("expects moments in fp32 files that do not say", () => {
    const bytes = new Uint8Array(4 + 12 * parameters);
    assert.equal(readTinygpt(fileOf({ config: TINY }, bytes)).m?.length, parameters);
  });

  it("accepts both MLP matrices listed as [out, in], as older manifests do", () => {
    const manifest = tensorSpecs(TINY).map(({ name, shape, offset }) => ({
      name,
      shape: name.includes("fc_") ? [...shape].reverse() : shape,
      floatOffset: offset,
    }));
    assert.equal(readTinygpt(fileOf({ ...weightsOnly, manifest }, state)).step, 9);
  });

  it("takes the last of repeated keys", () => {
    const { layers, ...rest } = TINY;
    const config = `{"layers":77,"layers":${layers},${JSON.stringify(rest).slice(1)}`;
    const header = `{"includesOptimizerState":false,"config":${config}}`;
    assert.deepEqual(readTinygpt(fileOf(header, state)).config, TINY);
  });

  it("drops __proto__ keys at every depth, however they are spelt", () => {
    const config = JSON.stringify(TINY).slice(0, -1) + ',"\\u005f_proto__":{"heads":1}}';
    const header = `{"includesOptimizerState":false,"config":${config},` +
      `"__proto__":{"recipe":{"spec":"x"}},"recipe":[{"__proto__":{"polluted":1}}]}`;
    const file = readTinygpt(fileOf(header, state));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(Object.hasOwn(file.header.raw, "__proto__"), false);
    assert.deepEqual(file.recipe, [{}]);
    assert.equal(JSON.stringify(file.header.raw).includes("__proto__"), false);
  });

  it("does not take a recipe from a prototype", () => {
    const header = `{"__proto__":{"recipe":1},"includesOptimizerState":false,` +
      `"config":${JSON.stringify(TINY)}}`;
    assert.equal(readTinygpt(fileOf(header, state)).recipe, null);
  });

  it("turns descriptive fields of the wrong type into null and keeps them raw", () => {
    const header = { ...weightsOnly, savedAt: 5, trainWallMs: "long", trainedIn: "bed" };
    const file = readTinygpt(fileOf(header, state));
    assert.equal(file.header.savedAt, null);
    assert.equal(file.header.trainWallMs, null);
    assert.equal(file.header.trainedIn, null);
    assert.equal(file.header.raw.savedAt, 5);
  });
});

describe("the reader refuses", () => {
  it("files of another kind or version, naming the offset", () => {
    assert.equal(refusal(utf8("GGUF, not ours")).offset, 0);
    assert.equal(refusal(utf8("\u0000\u0001")).offset, 0);
    assert.equal(refusal(fileOf(weightsOnly, state, 3)).offset, 4);
    assert.match(refusal(fileOf(weightsOnly, state, 0)).message, /version 1, 2 or 3 at offset 4/);
  });

  it("a file cut at any byte", () => {
    const file = fileOf(weightsOnly, state);
    for (let length = 0; length < file.length; length++) {
      const error = refusal(file.subarray(0, length));
      assert.match(error.message, /cut short/);
      assert.equal(error.offset, length);
    }
  });

  it("bytes after the weights", () => {
    const error = refusal(fileOf(weightsOnly, concatBytes([state, new Uint8Array(2)])));
    assert.match(error.message, /2 more bytes/);
  });

  it("headers over the limit before looking at them", () => {
    const bytes = concatBytes([utf8("TGPT"), uint32le(2), uint32le(0xffffffff)]);
    assert.equal(refusal(bytes).offset, 8);
    assert.match(refusal(fileOf(weightsOnly, state), { maxHeaderBytes: 10 }).message, /most 10/);
  });

  it("files over the limit", () => {
    assert.match(refusal(fileOf(weightsOnly, state), { maxFileBytes: 99 }).message, /most 99/);
    assert.throws(
      () => readHeader(fileOf(weightsOnly, state), {}, DEFAULT_LIMITS.maxFileBytes + 1),
      FormatError,
    );
  });

  it("headers that are not UTF-8, not JSON or not an object", () => {
    const broken = fileOf(weightsOnly, state);
    broken[14] = 0xff;
    assert.match(refusal(broken).message, /not UTF-8/);
    for (const text of ["", "{", "{'a':1}", "NaN", '{"a":1}x', "\ufeff{}"]) {
      assert.match(refusal(fileOf(text, state)).message, /not JSON/);
    }
    for (const text of ["[]", "null", "7", '"config"']) {
      assert.match(refusal(fileOf(text, state)).message, /not an object/);
    }
  });

  it("headers nested too deep, but not brackets inside strings", () => {
    const deep = "[".repeat(1_000_000);
    const error = refusal(fileOf(`{"a":${deep}`, state));
    assert.match(error.message, /nested too deep/);
    assert.equal(error.offset, 12 + 5 + 63);
    const text = '\\"[[{{'.repeat(100) + "\\\\";
    const header = `{"sample":"${text}",${JSON.stringify(weightsOnly).slice(1)}`;
    assert.equal(readTinygpt(fileOf(header, state)).step, 9);
  });

  it("shapes that are missing, fractional, negative, huge or no numbers", () => {
    assert.match(headerRefusal({ config: undefined }).message, /config: expected an object/);
    for (const bad of [0, -1, 1.5, 1e300, 2 ** 53, "4", null, [4], {}, true, undefined]) {
      for (const field of ["layers", "dModel", "heads", "ctx"]) {
        assert.match(configRefusal({ [field]: bad }).message, new RegExp(`config\\.${field}`));
      }
    }
    for (const bad of [0, -1, 1.5, "4", 1e12]) {
      assert.match(configRefusal({ dMlp: bad }).message, /config\.dMlp/);
      assert.match(configRefusal({ vocabSize: bad }).message, /config\.vocabSize/);
    }
    assert.match(configRefusal({ heads: 3 }).message, /divisor of dModel 4, got 3/);
  });

  it("more parameters than the limit, though each size is within its own", () => {
    const error = configRefusal({ layers: 256, dModel: 16384, heads: 1, dMlp: 65536 });
    assert.match(error.message, /at most 134217728 parameters/);
  });

  it("dtypes and block sizes it does not know, and moments beside packed weights", () => {
    assert.match(headerRefusal({ weightDtype: "fp8" }).message, /weightDtype.*"fp8"/);
    assert.match(
      headerRefusal({ int4BlockSize: 32 }).message,
      /int4BlockSize: expected 64, got 32/,
    );
    const error = headerRefusal({ weightDtype: "fp16", includesOptimizerState: true });
    assert.match(error.message, /includesOptimizerState/);
    assert.match(headerRefusal({ includesOptimizerState: "no" }).message, /true or false/);
  });

  it("stated lengths that contradict the shape", () => {
    assert.match(headerRefusal({ stateByteLength: 12 }).message, /stateByteLength: expected/);
    const error = headerRefusal({ weightDtype: "int4", int4ScalesBytes: 1 });
    assert.match(error.message, /int4ScalesBytes/);
  });

  it("manifests whose names, shapes, offsets or count contradict the shape", () => {
    const good = tensorSpecs(TINY).map(({ name, shape, offset }) => ({
      name,
      shape: [...shape],
      floatOffset: offset,
    }));
    const changed = (index: number, change: object) =>
      headerRefusal({ manifest: good.with(index, { ...good[index], ...change }) }).message;
    assert.match(changed(1, { name: "x" }), /manifest\.1\.name: expected "position_embedding/);
    assert.match(
      changed(0, { shape: [4, 7] }),
      /manifest\.0\.shape: expected \[7,4\], got \[4,7\]/,
    );
    assert.match(changed(0, { shape: "7,4" }), /manifest\.0\.shape/);
    assert.match(changed(2, { floatOffset: 0 }), /manifest\.2\.floatOffset/);
    assert.match(headerRefusal({ manifest: good.slice(1) }).message, /20 tensors, got 19/);
    assert.match(headerRefusal({ manifest: Array(20).fill(null) }).message, /manifest\.0/);
    assert.match(headerRefusal({ manifest: {} }).message, /manifest: expected an array/);
  });

  it("a negative step", () => {
    const error = refusal(
      fileOf(weightsOnly, concatBytes([uint32le(0xffffffff), state.subarray(4)])),
    );
    assert.match(error.message, /step of 0 or more.*got -1/);
  });
});

describe("a value that is not finite", () => {
  const base = { config: TINY, step: 0, weights: someWeights(TINY) };
  const ln = tensorSpecs(TINY).find(({ name }) => name === "blocks.0.ln2.bias")!;
  const index = ln.offset + 2;

  /** Overwrites the bytes at the error's offset with a good value: the file must then be read. */
  function checkOffset(bytes: Uint8Array, byteLength: number): void {
    bytes.fill(0, refusal(bytes).offset, refusal(bytes).offset + byteLength);
    assert.equal(readTinygpt(bytes).step, 0);
  }

  it("is named with tensor, index and the offset of its bytes in fp32", () => {
    const bytes = writeTinygpt({ ...base, dtype: "fp32" });
    const at = readHeader(bytes).stateOffset + 4 + 4 * index;
    new DataView(bytes.buffer).setFloat32(at, NaN, true);
    assert.match(refusal(bytes).message, /weight at blocks\.0\.ln2\.bias\[2\], got NaN/);
    assert.equal(refusal(bytes).offset, at);
    checkOffset(bytes, 4);
  });

  it("is named among moments too", () => {
    const moments = { m: someWeights(TINY, 2), v: someWeights(TINY, 3) };
    for (const [part, label] of [[0, "weight"], [1, "Adam m"], [2, "Adam v"]] as const) {
      const bytes = writeTinygpt({ ...base, ...moments, dtype: "fp32" });
      const { stateOffset } = readHeader(bytes);
      const at = stateOffset + 4 + 4 * (3 * ln.offset + part * ln.size + 2);
      new DataView(bytes.buffer).setFloat32(at, -Infinity, true);
      assert.ok(refusal(bytes).message.includes(`${label} at blocks.0.ln2.bias[2], got -Infinity`));
      checkOffset(bytes, 4);
    }
  });

  it("is named in fp16, and in int4 by the block its scale spoils", () => {
    const half = writeTinygpt({ ...base, dtype: "fp16" });
    half.set(packHalf(Float32Array.of(Infinity)), readHeader(half).stateOffset + 4 + 2 * index);
    assert.match(refusal(half).message, /blocks\.0\.ln2\.bias\[2\], got Infinity/);
    checkOffset(half, 2);

    const int4 = writeTinygpt({ ...base, dtype: "int4" });
    // Each tensor of TINY is one partial block.
    const block = tensorSpecs(TINY).findIndex(({ name }) => name === ln.name);
    const at = readHeader(int4).stateOffset + 4 + 2 * block;
    int4.set(packHalf(Float32Array.of(NaN)), at);
    assert.match(refusal(int4).message, /blocks\.0\.ln2\.bias\[0\], got NaN/);
    assert.equal(refusal(int4).offset, at);
    checkOffset(int4, 2);
  });
});
