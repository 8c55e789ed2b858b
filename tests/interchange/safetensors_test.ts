import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "@std/testing/bdd";
import { concatBytes, uint64le, utf8 } from "../../lib/bytes.ts";
import { FormatError, ValidationError } from "../../lib/errors.ts";
import {
  openSafetensors,
  readTensor,
  sourceOf,
  writeSafetensors,
} from "../../lib/interchange/safetensors.ts";

/** A file with any header and so many bytes of data. */
function fileWith(header: unknown, dataBytes: number): Uint8Array {
  const json = utf8(typeof header === "string" ? header : JSON.stringify(header));
  return concatBytes([uint64le(json.length), json, new Uint8Array(dataBytes)]);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await openSafetensors(sourceOf(bytes)).then(() => null, (error) => error);
  assert.ok(error instanceof FormatError, `not refused: ${error}`);
  assert.ok(error.problem.fix);
  return error.message;
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("safetensors files", () => {
  it("come back as they were written, whatever the names, shapes and values", async () => {
    const tensor = fc.record({
      name: fc.string().filter((name) => !["__metadata__", "__proto__"].includes(name)),
      shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
    });
    const files = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(files, fc.integer(), async (shapes, seed) => {
        const tensors = shapes.map(({ name, shape }, t) => {
          const size = shape.reduce((product, n) => product * n, 1);
          const array = Float32Array.from({ length: size }, (_, i) => Math.fround(seed / (t + i)));
          return { name, shape, values: () => array };
        });
        const bytes = concatBytes([...writeSafetensors(tensors, { format: "pt" })]);
        const source = sourceOf(bytes);
        const file = await openSafetensors(source);
        assert.deepEqual(file.metadata, { format: "pt" });
        assert.equal(file.tensors.size, tensors.length);
        for (const { name, shape, values } of tensors) {
          const found = file.tensors.get(name)!;
          assert.deepEqual(found.shape, shape);
          const read = new Float32Array(values().length);
          await readTensor(source, found, read);
          assert.deepEqual(read, values());
        }
      }),
      { numRuns: 60 },
    );
  });

  it("put their values at a multiple of 8 bytes", () => {
    for (const name of ["a", "ab", "abc", "abcd"]) {
      const [header] = writeSafetensors([{ name, shape: [1], values: () => new Float32Array(1) }]);
      assert.equal(header.length % 8, 0);
    }
  });

  it("may hold binary16 and bfloat16, which become float32 exactly", async () => {
    const bytes = fileWith({ h: entry("F16", [3], 0, 6), b: entry("BF16", [3], 6, 12) }, 12);
    new DataView(bytes.buffer).setUint16(bytes.length - 12, 0x3c01, true); // 1 + 2^-10
    new DataView(bytes.buffer).setUint16(bytes.length - 10, 0x8001, true); // −2^-24
    new DataView(bytes.buffer).setUint16(bytes.length - 4, 0xc0a0, true); // −5
    const source = sourceOf(bytes);
    const { tensors } = await openSafetensors(source);
    const values = new Float32Array(6);
    await readTensor(source, tensors.get("h")!, values.subarray(0, 3));
    await readTensor(source, tensors.get("b")!, values.subarray(3));
    assert.deepEqual([...values], [1 + 2 ** -10, -(2 ** -24), 0, 0, -5, 0]);
  });

  it("are read in pieces: no piece is longer than 1 MiB", async () => {
    const size = 300_000;
    const array = Float32Array.from({ length: size }, (_, i) => i);
    const tensors = [{ name: "long", shape: [size], values: () => array }];
    const bytes = concatBytes([...writeSafetensors(tensors)]);
    let longest = 0;
    const source = {
      byteLength: bytes.length,
      read: (offset: number, length: number) => {
        longest = Math.max(longest, length);
        return Promise.resolve(bytes.subarray(offset, offset + length));
      },
    };
    const { tensors: found } = await openSafetensors(source);
    const values = new Float32Array(size);
    await readTensor(source, found.get("long")!, values);
    assert.deepEqual(values, array);
    assert.ok(longest <= 2 ** 20, `${longest}`);
  });

  it("are refused where lengths, types, shapes or keys are wrong", async () => {
    const a = entry("F32", [2], 0, 8);
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array(3), /at least 8 bytes, got 3 bytes/],
      [concatBytes([uint64le(2 ** 40), utf8("{}")]), /header of at most 2 bytes/],
      [fileWith(" {}", 0), /begins with \{/],
      [fileWith("{", 0), /not JSON/],
      [fileWith({ a }, 7), /a file of \d+ bytes/],
      [fileWith({ a }, 9), /a file of \d+ bytes/],
      [fileWith({ a, b: entry("F32", [1], 4, 8) }, 8), /overlaps/],
      [fileWith({ a, b: entry("F32", [1], 12, 16) }, 16), /leaves a gap/],
      [fileWith({ a: entry("F32", [3], 0, 8) }, 8), /12 bytes of "a", F32 \[3\]/],
      [fileWith({ a: entry("F32", [2], 8, 0) }, 8), /data_offsets \[8, 0\]/],
      [fileWith({ a: entry("F31", [2], 0, 8) }, 8), /dtype of "a" to be one of .*"F31"/],
      [fileWith({ a: entry("toString", [2], 0, 8) }, 8), /dtype/],
      [fileWith({ a: entry("F32", [-2], 0, 8) }, 8), /shape of "a" as whole numbers/],
      [fileWith({ a: entry("F32", [2 ** 52, 2 ** 52], 0, 8) }, 8), /bytes of "a"/],
      [fileWith({ a: null }, 0), /dtype of "a"/],
      [fileWith({ a: { ...a, data_offsets: [0] } }, 8), /two whole numbers/],
      [fileWith({ __metadata__: { n: 1 } }, 0), /__metadata__ as texts/],
      [fileWith(`{"a":${JSON.stringify(a)},"\\u0061":${JSON.stringify(a)}}`, 8), /"a" twice/],
      [fileWith(`{"a":{"dtype":"F32","dtype":"F32"}}`, 8), /"dtype" twice/],
      [fileWith({ ["\\".repeat(2 ** 21)]: null }, 0), /dtype of/],
    ];
    for (const [bytes, message] of cases) assert.match(await refusal(bytes), message);
  });

  it("are refused by the reader of a tensor where they hold no floats of 16 or 32 bits", async () => {
    const source = sourceOf(fileWith({ mask: entry("BOOL", [4], 0, 4) }, 4));
    const { tensors } = await openSafetensors(source);
    await assert.rejects(
      readTensor(source, tensors.get("mask")!, new Float32Array(4)),
      (error) => error instanceof FormatError && /"mask" as F32, F16, BF16/.test(error.message),
    );
  });

  it("are not written with fewer values than the shape has", () => {
    const pieces = writeSafetensors([{
      name: "a",
      shape: [2],
      values: () => new Float32Array(3),
    }]);
    pieces.next();
    assert.throws(() => pieces.next(), ValidationError);
  });
});
