import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CounterRandom } from "../../lib/corpora/philox.ts";
import {
  erfReference,
  expReference,
  logReference,
  type Reference,
  siluReference,
} from "../../prove/ulp/reference.ts";
import * as precise from "../oracle/precise.ts";

const random = new CounterRandom(11, { stream: 96, step: 0, row: 0 });

/** `count` binary32 evenly over [from, to]. */
function spread(count: number, from: number, to: number): Float32Array {
  return Float32Array.from({ length: count }, () => from + (to - from) * random.next() / 2 ** 32);
}

/** `count` positive binary32 with every exponent from `low` to `high` equally likely. */
function magnitudes(count: number, low: number, high: number): Float32Array {
  return Float32Array.from({ length: count }, () => {
    return (1 + random.next() / 2 ** 32) * 2 ** (low + random.below(high - low));
  });
}

/** log2 of the largest relative error. */
function worstBits(reference: Reference, truth: (x: bigint) => bigint, xs: Float32Array): number {
  const out = new Float64Array(3);
  let worst = -Infinity;
  for (const x of xs) {
    reference(x, out);
    const exact = truth(precise.fixed(x));
    const scale = BigInt(320 + out[2]);
    const got = (precise.fixed(out[0]) + precise.fixed(out[1])) << 320n;
    const distance = (got >> (640n - scale)) - exact;
    const magnitude = (distance < 0n ? -distance : distance) * (1n << 160n) /
      (exact < 0n ? -exact : exact);
    worst = Math.max(worst, Math.log2(Number(magnitude)) - 160);
  }
  return worst;
}

describe("the references of prove ulp", () => {
  it("give exp to 2^−70", () => {
    const small = magnitudes(300, -60, 2).map((x, i) => i % 2 ? -x : x);
    const xs = Float32Array.of(...spread(600, -80, 80), ...small);
    assert.ok(worstBits(expReference, precise.exp, xs) < -70);
  });

  it("give log to 2^−66, on both sides of 1 and at either end", () => {
    const xs = Float32Array.of(
      ...magnitudes(600, -126, 127),
      ...spread(300, 0.98, 1.02).filter((x) => x !== 1),
      ...[1 - 2 ** -24, 1 + 2 ** -23, Math.SQRT2, 2 - 2 ** -23, 2 ** -149, 3.4028234e38],
    );
    assert.ok(worstBits(logReference, precise.log, xs) < -66);
    const out = new Float64Array(3);
    logReference(1, out);
    assert.deepEqual([...out], [0, 0, 0]);
  });

  it("give silu to 2^−50", () => {
    const truth = (x: bigint) => (x << 320n) / ((1n << 320n) + precise.exp(-x));
    const small = magnitudes(150, -100, 2).map((x, i) => i % 2 ? -x : x);
    const xs = Float32Array.of(...spread(400, -88, 88), ...small, -88.7);
    assert.ok(worstBits(siluReference, truth, xs) < -50);
  });

  it("give erf to 2^−49, odd", () => {
    const xs = Float32Array.of(...spread(300, 0, 5.99), ...magnitudes(150, -100, 2));
    assert.ok(worstBits(erfReference, precise.erf, xs) < -49);
    const out = new Float64Array(3), mirrored = new Float64Array(3);
    for (const x of xs) {
      erfReference(x, out);
      erfReference(-x, mirrored);
      assert.equal(mirrored[0], -out[0]);
    }
  });
});
