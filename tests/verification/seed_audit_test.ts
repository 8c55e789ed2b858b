import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { SeedJobResult } from "../../lib/verification/result_schema.ts";
import {
  auditedScores,
  bestOf,
  describeAudit,
  freshSeeds,
} from "../../lib/verification/seed_audit.ts";

const VERIFIER = {
  ...{ runtime: "test", engineFamily: "v8" as const, flags: [], isa: "x86_64", threads: 1 },
  selfTestDigest: "00",
};

/** Runs with these scores; null stands for one that diverged. */
function runs(benchmark: string, claimed: number, scores: (number | null)[]): SeedJobResult[] {
  return scores.map((recomputed, seed) => ({
    ...{ seed, engineDigest: "e", verifier: VERIFIER, cost: { flops: 1, wallMs: 1 } },
    ...{ startedAt: "2026-01-01T00:00:00Z", finishedAt: "2026-01-01T00:00:01Z" },
    ...recomputed === null ? { divergedAt: 5, trainedDigest: null, finalLoss: null, scores: [] } : {
      ...{ divergedAt: null, trainedDigest: "a".repeat(64), finalLoss: 1 },
      scores: [{ benchmark, version: 1, claimed, recomputed }],
    },
  }));
}

const audit = (
  benchmark: string,
  claimed: number,
  scores: (number | null)[],
  tickets: number | null = null,
) => auditedScores(runs(benchmark, claimed, scores), tickets)[0];

/** Of Student's t with 2 degrees of freedom, one-sided: from a printed table. */
const CRITICAL: [p: number, t: number][] = [[0.1, 1.885618], [0.05, 2.919986], [0.01, 6.964557]];

describe("an audit with fresh seeds", () => {
  it("gives mean, spread and the chance of a seed as good as the claimed one", () => {
    for (const [p, t] of CRITICAL) {
      const ahead = t * Math.sqrt(4 / 3);
      const found = audit("sort-6", 50 + ahead, [49, 50, 51]);
      assert.deepEqual([found.mean, found.spread], [50, 1]);
      assert.ok(Math.abs(found.p! - p) < 1e-6, `${found.p}`);
      assert.ok(Math.abs(audit("sort-6", 50 - ahead, [51, 49, 50]).p! - (1 - p)) < 1e-6);
    }
    assert.equal(audit("sort-6", 50, [49, 50, 51]).p, 0.5);
  });

  it("knows of which benchmarks less is better", () => {
    assert.ok(audit("shakespeare-ppl", 3, [5, 5.1, 4.9]).p! < 0.01);
    assert.ok(audit("sort-6", 3, [5, 5.1, 4.9]).p! > 0.99);
  });

  it("says in words what that means", () => {
    assert.match(describeAudit(audit("shakespeare-ppl", 3, [5, 5.1, 4.9]), null), /may be luck/);
    assert.match(
      describeAudit(audit("sort-6", 50, [49, 50, 51]), null),
      /50 of 100 .* no sign of luck/,
    );
    assert.match(describeAudit(audit("sort-6", 100, [100, 100, 100]), null), /the very same/);
    assert.match(
      describeAudit(audit("sort-6", 100, [99, 99, 99]), null),
      /the claim is better than it/,
    );
    assert.match(describeAudit(audit("sort-6", 50, [49, null, 51]), null), /1 of 3 .* no test/);
  });

  it("counts the tickets: the best of several seeds reaches a score more easily", () => {
    // By hand: 1 − 0.9³, 1 − 0.95², and 1 − 0.5^10.
    const cases = [[3, 0.1, 0.271], [2, 0.05, 0.0975], [10, 0.5, 1023 / 1024], [1, 0.07, 0.07]];
    for (const [k, p, expected] of cases) {
      assert.ok(Math.abs(bestOf(k, p) - expected) < 1e-15, `${k} ${p} ${bestOf(k, p)}`);
    }
    // 1 − (1 − p) itself would keep six of its digits.
    assert.ok(Math.abs(bestOf(2, 1e-10) / (2e-10 - 1e-20) - 1) < 1e-15);
    const ahead = CRITICAL[1][1] * Math.sqrt(4 / 3) + 1e-9;
    const found = (tickets: number | null) => audit("sort-6", 50 + ahead, [49, 50, 51], tickets);
    assert.equal(found(null).pOfBest, null, "of a free seed nobody knows how many were tried");
    assert.equal(found(1).pOfBest, found(1).p);
    assert.ok(Math.abs(found(2).pOfBest! - 0.0975) < 1e-6);
    assert.equal(audit("sort-6", 50, [50, 50, 50], 2).pOfBest, null);
    assert.match(describeAudit(found(1), 1), /About 5 of 100 seeds .* better: part of it may be/);
    assert.match(
      describeAudit(found(2), 2),
      /and the best of 2 in 10 % of cases: it took 2 tickets, and the choice among them explains it/,
    );
  });

  it("has nothing to say where every run diverged", () => {
    assert.deepEqual(auditedScores(runs("sort-6", 50, [null, null, null]), 1), []);
  });

  it("draws seeds that follow from the nonce and the recipe, and from nothing else", async () => {
    const [nonce, hash] = ["12".repeat(32), "34".repeat(32)];
    const seeds = await freshSeeds(nonce, hash);
    // As Python's hashlib gives them.
    assert.deepEqual(seeds, [4306084360264, 5620634809974063, 2306156215329166]);
    assert.deepEqual(await freshSeeds(nonce, hash), seeds);
    assert.notDeepEqual(await freshSeeds("56".repeat(32), hash), seeds);
    assert.notDeepEqual(await freshSeeds(nonce, "56".repeat(32)), seeds);
  });
});
