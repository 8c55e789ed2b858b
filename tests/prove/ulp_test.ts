import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Arena } from "../../lib/engine/kernels.ts";
import { FUNCTIONS, type MeasuredFunction } from "../../prove/ulp/functions.ts";
import { joined, measure } from "../../prove/ulp/measure.ts";
import { engineBinary } from "../support/engine.ts";

const arena = new Arena(await WebAssembly.compile(await engineBinary()), 2 ** 21);
const BLOCK = 2 ** 16;
const EXP = FUNCTIONS["exp f32"];

/** exp with its results changed by `change`. */
function changed(change: (results: Float32Array) => void): MeasuredFunction {
  return {
    ...EXP,
    results(...args) {
      const results = EXP.results(...args) as Float32Array;
      change(results);
      return results;
    },
  };
}

describe("the error of a function over a range of inputs", () => {
  it("is within the bounds of docs/exactness.md where it is largest and at every limit", async () => {
    // Patterns around 1, 4, −87 and 88.7, 1 again, 709.78, and the first and last numbers.
    const blocks: Record<string, number[]> = {
      "exp f32": [0x3e310000, 0x42b10000, 0xc2ad0000, 0x7f800000],
      "erf f32": [0, 0x3f800000, 0x3f000000, 0x40800000, 0xbf000000],
      "silu f32": [0, 0x3f800000, 0x41a00000, 0xc2b10000, 0xff7f8000, 0xbf000000],
      "exp f64": [0x24800000, 0x44310000, 0xc4310000, 0x3f000000],
      "log f64": [0, 0x3f800000, 0x3f7f0000, 0x3f350000, 0x7f7f0000],
    };
    const bounds: Record<string, [ulp: number, ofOne: number]> = {
      "exp f32": [1.1, 1.1],
      "erf f32": [2.5, 1.25],
      // Its sigmoid is subnormal below −87.3 and loses bits there.
      "silu f32": [6, 1.5],
      "exp f64": [1, 1],
      "log f64": [2, 2],
    };
    for (const [name, spec] of Object.entries(FUNCTIONS)) {
      for (const first of blocks[name]) {
        const found = await measure(spec, arena, first, BLOCK);
        const where = `${name} from 0x${first.toString(16)}`;
        assert.equal(found.wrongInput, -1, where);
        assert.ok(found.worstUlp <= bounds[name][0], `${where}: ${found.worstUlp}`);
        assert.ok(found.worstUlpOfOne <= bounds[name][1], `${where}: ${found.worstUlpOfOne}`);
        assert.equal(found.measured + found.fixed + found.nan, BLOCK, where);
      }
    }
  });

  it("shows one result that is off by two units, with its input", async () => {
    const spec = changed((results) => {
      new Int32Array(results.buffer, results.byteOffset)[777] += 2;
    });
    const found = await measure(spec, arena, 0x3f000000, BLOCK);
    assert.equal(found.worstInput, 0x3f000000 + 777);
    assert.ok(found.worstUlp > 1.4 && found.worstUlp < 2.6, `${found.worstUlp}`);
  });

  it("shows one wrong result among those known beforehand", async () => {
    const spec = changed((results) => results[777] = 1 + 2 ** -23);
    assert.equal((await measure(spec, arena, 0, BLOCK)).wrongInput, 777);
    assert.equal((await measure(spec, arena, 0x7f000000, BLOCK)).wrongInput, 0x7f000000 + 777);
  });

  it("counts infinities as fixed and NaN apart", async () => {
    const found = await measure(EXP, arena, 0x7f800000, BLOCK);
    assert.deepEqual([found.measured, found.fixed, found.nan], [0, 1, BLOCK - 1]);
  });

  it("is joined from parts as if it were measured at once", async () => {
    const whole = await measure(EXP, arena, 0x3f000000, 2 * BLOCK);
    const parts = [0, BLOCK].map((at) => measure(EXP, arena, 0x3f000000 + at, BLOCK));
    const [a, b] = await Promise.all(parts);
    const { digest: _, ...figures } = whole;
    assert.deepEqual(joined(a, b), figures);
  });
});
