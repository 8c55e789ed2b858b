import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import { IN_TOTO_PAYLOAD, signEnvelope, type SigningKey } from "../../lib/verification/dsse.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { freshSeeds, seedAuditStatement } from "../../lib/verification/seed_audit.ts";
import { EXAMPLE_RECIPE, exampleStatement } from "../routes/example_run.ts";
import { cli, cliError, cliJson } from "../support/cli.ts";
import { makeKey, published, ticketed } from "../verification/signing.ts";

describe("report verify", () => {
  let folder: string, report: string, keys: string;
  let key: SigningKey;
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    [report, keys] = [`${folder}/report.json`, `${folder}/keys.json`];
    key = await makeKey();
    await signedAs(report, await exampleStatement("exact"));
    const history = [await published(key, { from: "2026-11-01T00:00:00.000Z" })];
    await Deno.writeTextFile(keys, JSON.stringify({ keys: history }));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  async function signedAs(path: string, statement: unknown): Promise<void> {
    const payload = utf8(canonicalJson(statement));
    const envelope = await signEnvelope(IN_TOTO_PAYLOAD, payload, [key]);
    await Deno.writeTextFile(path, JSON.stringify(envelope));
  }

  it("says what was signed, in words and as JSON", async () => {
    const { code, stdout, stderr } = await cli("report", "verify", report, "--keys", keys);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^valid, signed by [0-9a-f]{64}$/m);
    assert.match(stdout, /^verdict exact/m);
    assert.match(stdout, /^sort-6 v1 100$/m);
    assert.match(stdout, /^seed {8}42, free$/m);
    const json = await cliJson<{ valid: boolean; predicate: { verdict: string } }>(
      ...["report", "verify", report, "--keys", keys],
    );
    assert.equal(json.valid, true);
    assert.equal(json.predicate.verdict, "exact");
  });

  it("computes the seed of a ticket again, and refuses one that does not follow", async () => {
    const { recipe, ticket } = await ticketed(EXAMPLE_RECIPE);
    const { predicate, ...statement } = await exampleStatement("exact");
    const facts = { recipe, recipeHash: await recipeHash(recipe), seed: recipe.seed, ticket };
    const path = `${folder}/ticketed.json`;
    await signedAs(path, { ...statement, predicate: { ...predicate, ...facts } });
    const { stdout } = await cli("report", "verify", path, "--keys", keys);
    assert.match(
      stdout,
      /^seed {8}\d+, computed again from ticket t1: the nonce of the board, this recipe and account ada; ticket 2 of 3 for it$/m,
    );
    const account = { ...facts, ticket: { ...ticket, account: "bob" } };
    await signedAs(path, { ...statement, predicate: { ...predicate, ...account } });
    const { code, stderr } = await cliError("report", "verify", path, "--keys", keys);
    assert.equal(code, 1);
    assert.match(stderr, /not valid: its seed does not follow from its ticket/);
  });

  it("reads audits with fresh seeds too", async () => {
    const [nonce, hash] = ["12".repeat(32), await recipeHash(EXAMPLE_RECIPE)];
    const runs = (await freshSeeds(nonce, hash)).map((seed, i) => ({
      ...{ seed, divergedAt: null, trainedDigest: "a".repeat(64), finalLoss: 1 },
      scores: [{ benchmark: "sort-6", version: 1, claimed: 50, recomputed: 49 + i }],
      ...{ engineDigest: "e".repeat(64), cost: { flops: 1, wallMs: 1 } },
      ...{ startedAt: "2026-11-21T10:00:00.000Z", finishedAt: "2026-11-21T10:13:32.000Z" },
      verifier: {
        ...{ runtime: "test", engineFamily: "v8" as const, flags: [], isa: "x86_64", threads: 1 },
        selfTestDigest: "5".repeat(64),
      },
    }));
    const of = { modelDigest: "a".repeat(64), recipeHash: hash, nonce, ticket: null };
    await signedAs(`${folder}/audit.json`, seedAuditStatement({ ...of, runs }));
    const { code, stdout } = await cli("report", "verify", `${folder}/audit.json`, "--keys", keys);
    assert.equal(code, 0);
    assert.match(stdout, /^seeds {7}\d+, \d+, \d+, computed again from the nonce/m);
    assert.match(stdout, /^sort-6 v1 50: About 50 of 100 seeds .* no sign of luck\.$/m);
  });

  it("refuses a changed report with exit code 1", async () => {
    const changed = JSON.parse(await Deno.readTextFile(report));
    const text = atob(changed.payload).replace('"verdict":"exact"', '"verdict":"wrong"');
    await Deno.writeTextFile(
      `${folder}/changed.json`,
      JSON.stringify({ ...changed, payload: btoa(text) }),
    );
    const { code, stderr } = await cliError(
      ...["report", "verify", `${folder}/changed.json`, "--keys", keys],
    );
    assert.equal(code, 1);
    assert.match(stderr, /was changed/);
  });

  it("refuses keys that contradict themselves, and what is neither", async () => {
    const history = JSON.parse(await Deno.readTextFile(keys));
    history.keys[0].from = "2020-01-01T00:00:00.000Z";
    await Deno.writeTextFile(`${folder}/forged.json`, JSON.stringify(history));
    const forged = await cliError("report", "verify", report, "--keys", `${folder}/forged.json`);
    assert.match(forged.stderr, /cannot be trusted/);
    const swapped = await cliError("report", "verify", keys, "--keys", report);
    assert.match(swapped.stderr, /Expected .* at keys/);
    await Deno.writeTextFile(`${folder}/no.json`, "no JSON");
    const no = await cliError("report", "verify", `${folder}/no.json`, "--keys", keys);
    assert.match(no.stderr, /is no JSON/);
    const missing = await cliError("report", "verify", report);
    assert.equal(missing.code, 2);
  });
});
