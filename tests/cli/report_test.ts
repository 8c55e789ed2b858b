import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { canonicalJson } from "../../lib/verification/canonical.ts";
import { IN_TOTO_PAYLOAD, signEnvelope } from "../../lib/verification/dsse.ts";
import { exampleStatement } from "../routes/example_run.ts";
import { cli, cliError, cliJson } from "../support/cli.ts";
import { makeKey, published } from "../verification/signing.ts";

describe("report verify", () => {
  let folder: string, report: string, keys: string;
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    [report, keys] = [`${folder}/report.json`, `${folder}/keys.json`];
    const key = await makeKey();
    const payload = utf8(canonicalJson(await exampleStatement("exact")));
    const envelope = await signEnvelope(IN_TOTO_PAYLOAD, payload, [key]);
    const history = [await published(key, { from: "2026-11-01T00:00:00.000Z" })];
    await Deno.writeTextFile(report, JSON.stringify(envelope));
    await Deno.writeTextFile(keys, JSON.stringify({ keys: history }));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("says what was signed, in words and as JSON", async () => {
    const { code, stdout, stderr } = await cli("report", "verify", report, "--keys", keys);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^valid, signed by [0-9a-f]{64}$/m);
    assert.match(stdout, /^verdict exact/m);
    assert.match(stdout, /^sort-6 v1 100$/m);
    const json = await cliJson<{ valid: boolean; predicate: { verdict: string } }>(
      ...["report", "verify", report, "--keys", keys],
    );
    assert.equal(json.valid, true);
    assert.equal(json.predicate.verdict, "exact");
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
