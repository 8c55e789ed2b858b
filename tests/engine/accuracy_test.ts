// The largest errors found here stand in docs/exactness.md.

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { CounterRandom } from "../../lib/corpora/philox.ts";
import { circle, cosine64, cosPi, exp64, log64, powInt } from "../oracle/exact64.ts";
import { erf32, exp32, silu, siluSlope } from "../oracle/exp_erf.ts";
import * as precise from "../oracle/precise.ts";
import { kernelBench } from "./kernel_bench.ts";
import { assertSame64, assertSameBits } from "./numbers.ts";

const bench = await kernelBench();
const kernels = bench.kernels;

/** `count` numbers spread evenly over [from, to), jittered. */
function spread(count: number, from: number, to: number): number[] {
  const random = new CounterRandom(8, { stream: 97, step: 0, row: count });
  return Array.from({ length: count }, (_, i) => {
    return from + (to - from) * (i + random.next() / 2 ** 32) / count;
  });
}

function array(kernel: "expArray" | "erfArray", x: Float32Array): Float32Array {
  return bench.scope(() => {
    const out = bench.room(x.length);
    kernels[kernel](out, bench.put(x), x.length);
    return bench.take(out, x.length);
  });
}

/** Largest of `error` over the values, and where. */
function worst(values: ArrayLike<number>, error: (value: number, i: number) => number) {
  let found = { error: 0, at: NaN };
  for (let i = 0; i < values.length; i++) {
    const here = error(values[i], i);
    if (!(here <= found.error)) found = { error: here, at: values[i] };
  }
  return found;
}

function assertWithin({ error, at }: { error: number; at: number }, bound: number): void {
  assert.ok(error <= bound, `error ${error} ULP at ${at}, allowed ${bound}`);
}

describe("exp in binary32", () => {
  it("is within 1.1 ULP from −87 to 88.7", () => {
    const x = Float32Array.from([...spread(6000, -87, 88.7), ...spread(6000, -1, 1)]);
    const y = array("expArray", x);
    assertWithin(
      worst(x, (value, i) => precise.ulps(y[i], precise.exp(precise.fixed(value)), 24)),
      1.1,
    );
  });

  it("equals the oracle everywhere, its limits included", () => {
    const limits = [-Infinity, -1e30, -87.00001, -87, -86.99999, -0, 0, 1e-40, 88.69999, 88.7];
    const x = Float32Array.from([...limits, 88.70001, Infinity, ...spread(100_000, -90, 90)]);
    assertSameBits(array("expArray", x), x.map(exp32), "exp");
    assert.deepEqual([...array("expArray", Float32Array.of(-88, 89, 0, -0))], [0, Infinity, 1, 1]);
  });
});

describe("erf in binary32", () => {
  it("is within 1.25 ULP of 1, and within 2.5 of its own", () => {
    const x = Float32Array.from([...spread(4000, -4.5, 4.5), ...spread(4000, -1, 1)]);
    const y = array("erfArray", x);
    const truth = Array.from(x, (value) => precise.erf(precise.fixed(value)));
    assertWithin(worst(x, (_, i) => precise.ulps(y[i], truth[i], 24, -23)), 1.25);
    assertWithin(worst(x, (_, i) => precise.ulps(y[i], truth[i], 24)), 2.5);
  });

  it("equals the oracle everywhere, is odd, and ends at ±1", () => {
    const x = Float32Array.from([
      0,
      -0,
      1e-40,
      1,
      4,
      1e30,
      Infinity,
      0.99999994,
      3.9999998,
      5,
      6,
      7,
    ]);
    const more = Float32Array.from([...x, ...x.map((v) => -v), ...spread(100_000, -5, 5)]);
    const y = array("erfArray", more);
    assertSameBits(y, more.map(erf32), "erf");
    assertSameBits(array("erfArray", more.map((v) => -v)), y.map((v) => -v), "odd");
    assert.deepEqual([...array("erfArray", Float32Array.of(4, -4, Infinity, -5))], [1, -1, 1, -1]);
  });
});

describe("SiLU in binary32", () => {
  const both = (x: Float32Array) =>
    bench.scope(() => {
      const y = bench.room(x.length), slope = bench.room(x.length);
      kernels.siluArray(y, slope, bench.put(x), x.length);
      return [bench.take(y, x.length), bench.take(slope, x.length)];
    });
  const x = Float32Array.from([...spread(3000, -80, 80), ...spread(3000, -4, 4)]);
  const [y, slope] = both(x);
  const one = precise.fixed(1);
  const over = (a: bigint, b: bigint) => (a << 320n) / b;
  const sigmoid = (v: bigint) => over(one, one + precise.exp(-v));

  it("is within 2.5 ULP from −80 to 80", () => {
    const truth = (v: number) => precise.times(precise.fixed(v), sigmoid(precise.fixed(v)));
    assertWithin(worst(x, (v, i) => precise.ulps(y[i], truth(v), 24)), 2.5);
  });

  it("has a slope within 9 ULP of 1: 1 − σ is off by half of one, times x", () => {
    const truth = (v: number) => {
      const s = sigmoid(precise.fixed(v));
      return precise.times(s, one + precise.times(precise.fixed(v), one - s));
    };
    assertWithin(worst(x, (v, i) => precise.ulps(slope[i], truth(v), 24, -23)), 9);
  });

  it("equals the oracle everywhere, its limits included", () => {
    const limits = [-3e38, -1e30, -89, -88.7, -87, -0, 0, 1e-40, 87, 88.7, 1e30, 3e38];
    const all = Float32Array.from([...limits, ...spread(100_000, -95, 95)]);
    const [value, derivative] = both(all);
    assertSameBits(value, all.map(silu), "silu");
    assertSameBits(derivative, all.map(siluSlope), "slope");
  });
});

describe("scalar functions in binary64", () => {
  it("exp is within 1 ULP", () => {
    const x = [...spread(1500, -200, 200), ...spread(1500, -1, 1)];
    assertWithin(
      worst(
        x,
        (value) => precise.ulps(kernels.exp64(value), precise.exp(precise.fixed(value)), 53, -310),
      ),
      1,
    );
  });

  it("log is within 2 ULP", () => {
    const x = [
      ...spread(1000, 0.5, 2),
      ...spread(1000, 1e-9, 1),
      ...spread(500, 1, 1e6),
      ...spread(200, -200, 200).map((n) => 2 ** n),
    ];
    assertWithin(
      worst(x, (v) => precise.ulps(kernels.log64(v), precise.log(precise.fixed(v)), 53)),
      2,
    );
  });

  it("cos πp is within 2 ULP", () => {
    const p = [...spread(1500, 0, 1), 0, 0.25, 0.5, 0.75, 1];
    const truth = (x: number) => precise.cos((precise.PI * precise.fixed(x)) >> 320n);
    assertWithin(worst(p, (x) => precise.ulps(kernels.cosPi(x), truth(x), 53, -53)), 2);
    assert.deepEqual([0, 0.5, 1].map(kernels.cosPi), [1, 0, -1]);
  });

  it("sine and cosine of a turn are within 2 ULP", () => {
    const u = spread(1500, 0, 2 ** 32).map(Math.floor);
    for (const sine of [false, true]) {
      const truth = (x: number) => {
        const angle = (2n * precise.PI * BigInt(x)) >> 32n;
        return sine ? precise.sin(angle) : precise.cos(angle);
      };
      assertWithin(worst(u, (x) => precise.ulps(kernels.circle(x, sine), truth(x), 53)), 2);
    }
  });

  it("cosine and sine of an angle up to 2^20 are within 2 ULP", () => {
    const x = [...spread(1000, 0, 8), ...spread(1500, 0, 2 ** 20)];
    for (const sine of [false, true]) {
      const truth = (v: number) => {
        const angle = precise.fixed(v) % (2n * precise.PI);
        return sine ? precise.sin(angle) : precise.cos(angle);
      };
      assertWithin(worst(x, (v) => precise.ulps(kernels.cosine64(v, sine), truth(v), 53)), 2);
    }
  });

  it("equal the oracle bit for bit, limits included", () => {
    for (const x of [...spread(20_000, -720, 720), -708, 709.78, 709.79, 0, -0, Infinity, NaN]) {
      assertSame64(kernels.exp64(x), exp64(x), `exp ${x}`);
    }
    for (const x of [...spread(20_000, 0, 50), 0, -1, Infinity, 2 ** -1022, Math.SQRT2, 1]) {
      assertSame64(kernels.log64(x), log64(x), `log ${x}`);
    }
    for (const x of [...spread(20_000, 0, 1), 0, 0.25, 0.5, 0.75, 1]) {
      assertSame64(kernels.cosPi(x), cosPi(x), `cosPi ${x}`);
      const u = Math.floor(x * (2 ** 32 - 1));
      for (const sine of [false, true]) {
        assertSame64(kernels.circle(u, sine), circle(u, sine), `circle ${u} ${sine}`);
      }
    }
    for (const x of [...spread(20_000, 0, 2 ** 20), ...spread(20_000, 0, 20), 0, 2 ** 20]) {
      for (const sine of [false, true]) {
        assertSame64(kernels.cosine64(x, sine), cosine64(x, sine), `cosine64 ${x} ${sine}`);
      }
    }
    for (let n = 0; n < 3000; n += 7) {
      assertSame64(kernels.powInt(0.95, n), powInt(0.95, n), `${n}`);
    }
  });
});
