import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "@std/testing/bdd";
import { uint32le } from "../../lib/bytes.ts";
import { tensorSpecs } from "../../lib/format/config.ts";
import { readHeader, readTinygpt } from "../../lib/format/read.ts";
import { writeTinygpt } from "../../lib/format/write.ts";
import { longestAllocation, readOrRefusal } from "../../prove/fuzz/judge.ts";
import { fileOf, someWeights, TINY } from "./tinygpt_files.ts";

const bases = (["fp32", "fp16", "int4"] as const).map((dtype) => {
  const weights = someWeights(TINY);
  const header = { recipe: { spec: "exact/1" }, chain: { leaves: ["00"] }, savedAt: "now" };
  const bytes = writeTinygpt({ config: TINY, step: 1, weights, dtype, header });
  const { header: { raw }, stateOffset } = readHeader(bytes);
  return { bytes, raw, state: bytes.subarray(stateOffset), stateOffset };
});

/** Every path of the header that names a value, down to the first manifest entries. */
const paths: string[][] = [
  ...Object.keys(bases[2].raw).map((key) => [key]),
  ...Object.keys(TINY).map((key) => ["config", key]),
  ...["0", "7", "16"].flatMap((i) =>
    ["name", "shape", "floatOffset"].map((key) => ["manifest", i, key])
  ),
  ["manifest", "3"],
  ["manifest", "16", "shape", "0"],
  ["config", "tokenizerSource"],
  ["tokenizer"],
  ["__proto__"],
  ["constructor"],
  ["toString"],
  ["config", "__proto__"],
];

const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[null, true, "", "fp16", "int4", "fp32", "NaN", "<script>", "__proto__", [], {}, [[]]],
    ...[0, -0, -1, 0.5, 1, 2, 3, 4, 5, 255, 256, 65536, 262144, 2 ** 31, 2 ** 32, 2 ** 53, 1e308],
    { valueOf: 1, toString: 2 },
    { toJSON: "x", length: 1e9 },
    Array(300).fill({ name: "token_embedding.weight", shape: [7, 4], floatOffset: 0 }),
  ),
  fc.integer(),
  fc.jsonValue(),
);

/** Sets, or for `undefined` deletes, one value of a copy of `header`. Own properties only. */
function withField(header: object, path: readonly string[], value: unknown): object {
  const copy = structuredClone(header);
  let parent: Record<string, unknown> = copy as Record<string, unknown>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  const key = path.at(-1)!;
  if (value === undefined) delete parent[key];
  else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true });
  return copy;
}

const base = fc.constantFrom(...bases);

describe("a mutated file is read or refused with a FormatError, never anything else", () => {
  it("when one header field holds a hostile value or is missing (14,000 files)", () => {
    const value = fc.option(hostileValue, { nil: undefined, freq: 8 });
    fc.assert(
      fc.property(base, fc.constantFrom(...paths), value, ({ raw, state }, path, hostile) => {
        if (raw[path[0]] === undefined && path.length > 2) return;
        readOrRefusal(fileOf(withField(raw, path, hostile), state));
      }),
      { numRuns: 14_000 },
    );
  });

  it("when it is cut or lengthened anywhere (2,000 files)", () => {
    fc.assert(
      fc.property(base, fc.nat(4000), fc.boolean(), ({ bytes }, at, lengthen) => {
        const length = lengthen ? bytes.length + at : at % bytes.length;
        const changed = new Uint8Array(length);
        changed.set(bytes.subarray(0, length));
        readOrRefusal(changed);
      }),
      { numRuns: 2000 },
    );
  });

  it("when one 32-bit word of it is replaced (6,000 files)", () => {
    const word = fc.oneof(
      fc.constantFrom(0, 1, 0x7f800000, 0x7fffffff, 0x80000000, 0xffffffff, 0xff7f, 0x22222222),
      fc.nat(0xffffffff),
    );
    fc.assert(
      fc.property(
        base,
        fc.nat(),
        fc.boolean(),
        word,
        ({ bytes, stateOffset }, at, early, value) => {
          const changed = bytes.slice();
          const span = early ? 12 : stateOffset + 200;
          changed.set(uint32le(value), at % Math.min(span - 3, bytes.length - 4));
          readOrRefusal(changed);
        },
      ),
      { numRuns: 6000 },
    );
  });

  it("when its header is arbitrary bytes or arbitrary JSON (2,000 files)", () => {
    fc.assert(
      fc.property(base, fc.oneof(fc.string({ unit: "binary" }), fc.json()), ({ state }, text) => {
        readOrRefusal(fileOf(text, state));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a small file that promises a large model", () => {
  it("is refused without allocating for the promise", () => {
    const config = { layers: 12, dModel: 768, heads: 12, ctx: 1024, dMlp: 3072, vocabSize: 50257 };
    const specs = tensorSpecs(config);
    for (const weightDtype of ["fp32", "fp16", "int4"]) {
      const header = { config, weightDtype, includesOptimizerState: false };
      const bytes = fileOf(header, new Uint8Array(100));
      const longest = longestAllocation(() => {
        assert.throws(() => readTinygpt(bytes), /cut short/);
      });
      assert.ok(longest < 1000, `${longest} elements for ${specs.length} tensors`);
    }
  });
});
