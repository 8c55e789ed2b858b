import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { IntegrityError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { exp64, log64 } from "../oracle/exact64.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { assertSame64 } from "./numbers.ts";

const binary = await engineBinary();

/** The binary with the lowest bit of a constant turned over, in every vector that holds it. */
function withAltered(pattern: number): Uint8Array {
  const vector = new Uint8Array(Uint32Array.of(pattern, pattern, pattern, pattern).buffer);
  const altered = binary.slice();
  let found = 0;
  for (let at = 0; at + 16 <= binary.length; at++) {
    if (vector.some((byte, i) => binary[at + i] !== byte)) continue;
    for (let lane = 0; lane < 16; lane += 4) altered[at + lane] ^= 1;
    found++;
  }
  assert.ok(found > 0, `constant ${pattern.toString(16)} is in the binary`);
  return altered;
}

describe("the engine", () => {
  it("names itself by the digest of its binary", async () => {
    const engine = await testEngine();
    assert.equal(engine.digest, await sha256Hex(binary));
    assert.ok(engine.threads >= 1);
    engine.close();
  });

  it("passes its self-test, again and again", async () => {
    const engine = await testEngine();
    assert.equal(await engine.selfTest(), SELF_TEST_DIGEST);
    assert.equal(await engine.selfTest(), SELF_TEST_DIGEST);
  });

  it("fails its self-test when one bit of one coefficient is wrong", async () => {
    // A term of exp and its ln 2; the chief term of erf; 1/√2 in GELU, 1/√2π in its slope.
    for (const pattern of [0x3e2aaa6e, 0x3f317200, 0xbec0939f, 0x3f3504f3, 0x3ecc422a]) {
      const engine = await instantiateEngine(withAltered(pattern));
      await assert.rejects(engine.selfTest(), IntegrityError, pattern.toString(16));
    }
  });

  it("offers the exact exp and log", async () => {
    const { math } = await testEngine();
    for (const x of [-3.25, 0, 0.1, 1, 2.19, 50]) assertSame64(math.exp(x), exp64(x), `exp ${x}`);
    for (const x of [0.001, 0.5, 1, 2.19, 1e9]) assertSame64(math.log(x), log64(x), `log ${x}`);
  });

  it("refuses what is not WebAssembly", async () => {
    await assert.rejects(instantiateEngine(binary.slice(0, 1000)), WebAssembly.CompileError);
    await assert.rejects(instantiateEngine(new Uint8Array(8)), WebAssembly.CompileError);
  });
});
