import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  bootstrapDifference,
  bootstrapInterval,
  mcnemarExact,
  pairedInterval,
  wilsonInterval,
} from "../../lib/benchmarks/statistics.ts";

function assertNear(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 5e-5, `${actual}`));
}

describe("wilsonInterval", () => {
  it("gives the published intervals", () => {
    // Newcombe 1998, table I.
    assertNear(wilsonInterval(81, 263), [0.2553, 0.3662]);
    assertNear(wilsonInterval(15, 148), [0.0624, 0.1605]);
    assertNear(wilsonInterval(0, 20), [0, 0.1611]);
    assertNear(wilsonInterval(1, 29), [0.0061, 0.1718]);
  });

  it("ends at exactly 0 and 1 and mirrors itself", () => {
    assert.equal(wilsonInterval(0, 200)[0], 0);
    assert.equal(wilsonInterval(200, 200)[1], 1);
    const [low, high] = wilsonInterval(30, 200);
    assertNear(wilsonInterval(170, 200), [1 - high, 1 - low]);
  });
});

describe("bootstrapInterval", () => {
  const clusters = Array.from({ length: 50 }, (_, i) => ({ sum: 100 + i, count: 100 }));

  it("is a function of the clusters and the seed", () => {
    assert.deepEqual(bootstrapInterval(clusters, 1), bootstrapInterval(clusters, 1));
    assert.notDeepEqual(bootstrapInterval(clusters, 1), bootstrapInterval(clusters, 2));
  });

  it("agrees with the normal approximation for 50 even clusters", () => {
    const [low, high] = bootstrapInterval(clusters, 1);
    // Standard deviation of 0, 0.01, …, 0.49 is 0.1443; by sqrt(50) that is 0.0204.
    assert.ok(Math.abs(low - (1.245 - 1.96 * 0.0204)) < 0.005, `${low}`);
    assert.ok(Math.abs(high - (1.245 + 1.96 * 0.0204)) < 0.005, `${high}`);
  });

  it("has no width when all clusters agree", () => {
    const same = [{ sum: 2, count: 4 }, { sum: 1, count: 2 }];
    assert.deepEqual(bootstrapInterval(same, 3), [0.5, 0.5]);
  });
});

describe("bootstrapDifference", () => {
  it("has the interval of the mean and counts the resamples below 0", () => {
    const clusters = Array.from({ length: 20 }, (_, i) => ({ sum: i - 8, count: 10 }));
    const { interval, shareBelowZero } = bootstrapDifference(clusters, 5);
    assert.deepEqual(interval, bootstrapInterval(clusters, 5));
    assert.ok(interval[0] < 0 && interval[1] > 0);
    // The mean is 0.15 with a standard error of 0.129: a normal puts 12.2 % below 0.
    assert.ok(Math.abs(shareBelowZero - 0.122) < 0.03, `${shareBelowZero}`);
  });

  it("says 0 or 1 when every resample is on one side, and 0 when none differs", () => {
    const all = (sum: number) => Array.from({ length: 5 }, () => ({ sum, count: 3 }));
    assert.equal(bootstrapDifference(all(-1), 1).shareBelowZero, 1);
    assert.equal(bootstrapDifference(all(1), 1).shareBelowZero, 0);
    assert.deepEqual(bootstrapDifference(all(0), 1), { interval: [0, 0], shareBelowZero: 0 });
  });

  it("does not depend on what was drawn before", () => {
    const clusters = (n: number) => Array.from({ length: n }, (_, i) => ({ sum: i, count: 1 }));
    const first = bootstrapInterval(clusters(7), 1);
    bootstrapInterval(clusters(9), 1);
    bootstrapInterval(clusters(7), 2);
    assert.deepEqual(bootstrapInterval(clusters(7), 1), first);
  });
});

describe("mcnemarExact", () => {
  it("gives the published p-values", () => {
    // Armitage & Berry 1994, p. 127: 12 and 2 discordant specimens, P = 0.0129.
    assert.equal(mcnemarExact({ onlyA: 12, onlyB: 2 }).toFixed(4), "0.0129");
    // Fagerland, Lydersen & Laake 2013: 1 and 7, P = 0.070.
    assert.equal(mcnemarExact({ onlyA: 1, onlyB: 7 }).toFixed(3), "0.070");
  });

  it("is the sum of the binomial coefficients, worked by hand", () => {
    // 2 · (1 + 14 + 91) / 2^14 and 2 · (1 + 8) / 2^8.
    assert.equal(mcnemarExact({ onlyA: 2, onlyB: 12 }), 212 / 16384);
    assert.equal(mcnemarExact({ onlyA: 7, onlyB: 1 }), 18 / 256);
    assert.equal(mcnemarExact({ onlyA: 0, onlyB: 5 }), 1 / 16);
    assert.equal(mcnemarExact({ onlyA: 0, onlyB: 6 }), 1 / 32);
    assert.equal(mcnemarExact({ onlyA: 4, onlyB: 4 }), 1);
    assert.equal(mcnemarExact({ onlyA: 0, onlyB: 0 }), 1);
  });

  it("holds where powers of two leave the range of doubles", () => {
    assert.equal(mcnemarExact({ onlyA: 1000, onlyB: 1000 }), 1);
    assert.equal(mcnemarExact({ onlyA: 0, onlyB: 5000 }), 0);
    // A normal with continuity correction: z = (120 − 1) / √2000.
    const p = mcnemarExact({ onlyA: 940, onlyB: 1060 });
    assert.ok(Math.abs(p - 0.00779) < 1e-4, `${p}`);
  });
});

describe("pairedInterval", () => {
  it("gives the published intervals", () => {
    // Altman et al. 2000, Statistics with confidence, table 6.2: 0.011 to 0.226.
    const table = { bothRight: 14, onlyA: 5, onlyB: 0, neither: 22 };
    assertNear(pairedInterval(table), [0.0115, 0.2265]);
    // Fagerland et al. 2014 (airways of 21 children): −0.507 to −0.026.
    const airways = { bothRight: 1, onlyA: 1, onlyB: 7, neither: 12 };
    assertNear(pairedInterval(airways), [-0.5069, -0.0256]);
  });

  it("mirrors itself when the models change places", () => {
    const [low, high] = pairedInterval({ bothRight: 9, onlyA: 8, onlyB: 3, neither: 5 });
    assertNear(pairedInterval({ bothRight: 9, onlyA: 3, onlyB: 8, neither: 5 }), [-high, -low]);
  });

  it("stays in −1..1 at the ends", () => {
    const all = pairedInterval({ bothRight: 0, onlyA: 30, onlyB: 0, neither: 0 });
    assert.ok(all[0] > 0.7 && all[1] === 1, `${all}`);
    const none = pairedInterval({ bothRight: 30, onlyA: 0, onlyB: 0, neither: 0 });
    assert.ok(none[0] < 0 && none[1] > 0, `${none}`);
  });
});
