import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { cli, cliError, cliJson } from "../support/cli.ts";

const SORTER = "data/gallery/sort-6.tinygpt";
const REVERSER = "data/gallery/reverse-16.tinygpt";

describe("compare", () => {
  it("says who is better, in words and as JSON", async () => {
    const { code, stdout, stderr } = await cli(
      "compare",
      SORTER,
      REVERSER,
      "--benchmark",
      "sort-6",
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^A {2}100\.0000 % .*\nB {2}0\.0000 % /);
    assert.match(stdout, /^A is better: only A right 200, only B right 0, p = /m);
    const json = await cliJson<{ comparison: { better: string; difference: number } }>(
      "compare",
      REVERSER,
      SORTER,
      "--benchmark",
      "sort-6",
    );
    assert.equal(json.comparison.better, "b");
    assert.equal(json.comparison.difference, -100);
  });

  it("names the model that a benchmark does not apply to", async () => {
    const { stderr } = await cliError("compare", SORTER, REVERSER, "--benchmark", "reverse-16");
    assert.match(stderr, /sort-6\.tinygpt has no score on reverse-16/);
    assert.match(stderr, /Needs a context of 44 bytes/);
  });
});
