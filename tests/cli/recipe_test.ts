import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cli, cliJson } from "../support/cli.ts";

describe("cli recipe check", () => {
  it("says what a recipe costs and is known by", async () => {
    const { facts } = await cliJson<{ facts: { parameters: number; hash: string } }>(
      ...["recipe", "check", "data/gallery/sort-6.json"],
    );
    assert.equal(facts.parameters, 1360);
    assert.match(facts.hash, /^[0-9a-f]{64}$/);
  });

  it("says all that is wrong, and ends with 1", async () => {
    const path = await Deno.makeTempFile({ suffix: ".json" });
    try {
      await Deno.writeTextFile(path, '{"spec": "exact/2", "steps": -1}');
      const { code, stdout, stderr } = await cli("recipe", "check", path);
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /recipe\.spec/);
      assert.match(stderr, /recipe\.steps, got -1/);
      assert.match(stderr, /and \d+ more/);
    } finally {
      await Deno.remove(path);
    }
  });
});
