import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CONFORMING_ENGINES } from "../../lib/engine/conforming.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { compileEngine } from "../../wasm/build.ts";
import { countOpcodes } from "./opcodes.ts";

const first = await compileEngine();
const recorded = await Deno.readTextFile(new URL("../../wasm/engine.sha256", import.meta.url));

describe("the engine's binary", () => {
  it("is the same at every build", async () => {
    assert.deepEqual(await compileEngine(), first);
  });

  it("is the one on record, the last of those that conform", async () => {
    assert.equal(await sha256Hex(first), recorded.trim());
    assert.equal(CONFORMING_ENGINES.at(-1), recorded.trim());
  });

  it("is at most 60 KB", () => {
    assert.ok(first.length <= 60_000, `${first.length} bytes`);
  });

  it("imports memory and nothing else", async () => {
    const module = await WebAssembly.compile(first);
    assert.deepEqual(WebAssembly.Module.imports(module), [
      { module: "env", name: "memory", kind: "memory" },
    ]);
  });
});

/** Instructions without floating-point arithmetic: control, locals, memory, integers, selects. */
const NEUTRAL: [from: number, to: number][] = [
  [0x00, 0x11], // control and calls
  [0x1a, 0x1b], // drop, select
  [0x20, 0x24], // locals and globals
  [0x28, 0x44], // loads, stores, memory size, constants
  [0x45, 0x5a], // integer comparisons
  [0x67, 0x8a], // integer arithmetic
  [0xa7, 0xa7], // i32.wrap_i64
  [0xac, 0xad], // i64.extend_i32
  [0xc0, 0xc4], // sign extension
];

/** Floating-point instructions of exact/1: each result is one correctly rounded operation or exact. */
const SCALAR: Record<string, string> = {
  ...named("5b", ["f32.eq", "f32.ne", "f32.lt", "f32.gt", "f32.le", "f32.ge"]),
  ...named("61", ["f64.eq", "f64.ne", "f64.lt", "f64.gt", "f64.le", "f64.ge"]),
  ...named("91", ["f32.sqrt", "f32.add", "f32.sub", "f32.mul", "f32.div", "f32.min", "f32.max"]),
  ...named("8b", ["f32.abs", "f32.neg"]),
  "99": "f64.abs",
  "9a": "f64.neg",
  "9e": "f64.nearest",
  ...named("9f", ["f64.sqrt", "f64.add", "f64.sub", "f64.mul", "f64.div"]),
  "b2": "f32.convert_i32_s",
  "b6": "f32.demote_f64",
  ...named("b7", ["f64.convert_i32_s", "f64.convert_i32_u"]),
  ...named("bb", ["f64.promote_f32", "i32.reinterpret_f32", "i64.reinterpret_f64"]),
  ...named("be", ["f32.reinterpret_i32", "f64.reinterpret_i64"]),
  "fc 06": "i64.trunc_sat_f64_s",
  "fc 0a": "memory.copy",
  "fc 0b": "memory.fill",
};

const VECTOR: Record<string, string> = {
  "fd 00": "v128.load",
  ...named("fd 01", ["v128.load8x8_s", "v128.load8x8_u"]),
  "fd 09": "v128.load32_splat",
  "fd 0b": "v128.store",
  "fd 0c": "v128.const",
  "fd 0d": "i8x16.shuffle",
  "fd 13": "f32x4.splat",
  ...named("fd 1f", ["f32x4.extract_lane", "f32x4.replace_lane", "f64x2.extract_lane"]),
  "fd 43": "f32x4.lt",
  "fd 44": "f32x4.gt",
  "fd 46": "f32x4.ge",
  ...named("fd 4d", ["v128.not", "v128.and", "v128.andnot", "v128.or", "v128.xor"]),
  "fd 52": "v128.bitselect",
  "fd 5b": "v128.store64_lane",
  "fd 5f": "f64x2.promote_low_f32x4",
  "fd 85": "i16x8.narrow_i32x4_s",
  "fd 8d": "i16x8.shr_u",
  "fd 91": "i16x8.sub",
  "fd ab": "i32x4.shl",
  "fd ae": "i32x4.add",
  "fd b1": "i32x4.sub",
  "fd ba": "i32x4.dot_i16x8_s",
  ...named("fd e0", ["f32x4.abs", "f32x4.neg"]),
  ...named("fd e3", ["f32x4.sqrt", "f32x4.add", "f32x4.sub", "f32x4.mul", "f32x4.div"]),
  ...named("fd e8", ["f32x4.min", "f32x4.max"]),
  "fd f0": "f64x2.add",
  "fd f2": "f64x2.mul",
  "fd fa": "f32x4.convert_i32x4_s",
};

/** What the barrier needs, on integers alone: threads never add up floats together. */
const ATOMIC: Record<string, string> = {
  ...named("fe 00", ["memory.atomic.notify", "memory.atomic.wait32"]),
  "fe 10": "i32.atomic.load",
  "fe 17": "i32.atomic.store",
  "fe 1e": "i32.atomic.rmw.add",
};

/** Consecutive opcodes from `start`, each with its name. */
function named(start: string, names: readonly string[]): Record<string, string> {
  const prefix = start.slice(0, -2), first = parseInt(start.slice(-2), 16);
  const opcode = (i: number) => prefix + (first + i).toString(16).padStart(2, "0");
  return Object.fromEntries(names.map((name, i) => [opcode(i), name]));
}

function isAllowed(opcode: string): boolean {
  if (opcode in SCALAR || opcode in VECTOR || opcode in ATOMIC) return true;
  const number = parseInt(opcode, 16);
  return !opcode.includes(" ") && NEUTRAL.some(([from, to]) => number >= from && number <= to);
}

/** A module of one function, () → (), with this code. */
function moduleOf(...code: number[]): Uint8Array {
  const body = [0, ...code, 0x0b];
  const section = (id: number, ...bytes: number[]) => [id, bytes.length, ...bytes];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 1, 0x60, 0, 0),
    ...section(3, 1, 0),
    ...section(10, 1, body.length, ...body),
  );
}

describe("the instructions of the engine", () => {
  const opcodes = countOpcodes(first);

  it("are all on the list of exact operations", () => {
    assert.deepEqual([...opcodes.keys()].filter((opcode) => !isAllowed(opcode)), []);
  });

  it("are really read: the kernels multiply and add vectors hundreds of times", () => {
    const count = (name: string) =>
      opcodes.get(Object.keys(VECTOR).find((opcode) => VECTOR[opcode] === name)!) ?? 0;
    assert.ok(count("f32x4.mul") > 100 && count("f32x4.add") > 100);
  });

  it("would be refused with relaxed SIMD, fused multiply-add, rounding other than to even, or other atomics", () => {
    const relaxedMadd = [0xfd, 0x85, 0x02], relaxedDot = [0xfd, 0x92, 0x02];
    const f32Ceil = [0x8d], f64Trunc = [0x9d], f32x4Nearest = [0xfd, 0x6a], f32Convert64 = [0xb4];
    const pseudoMin = [0xfd, 0xea, 0x01], atomicExchange = [0xfe, 0x48, 2, 0];
    for (
      const code of [
        relaxedMadd,
        relaxedDot,
        f32Ceil,
        f64Trunc,
        f32x4Nearest,
        f32Convert64,
        pseudoMin,
        atomicExchange,
      ]
    ) {
      const found = [...countOpcodes(moduleOf(...code)).keys()];
      assert.deepEqual(found.filter((opcode) => !isAllowed(opcode)).length, 1, String(code));
    }
  });
});
