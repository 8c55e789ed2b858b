import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { bootstrapInterval, wilsonInterval } from "../../lib/benchmarks/statistics.ts";

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
