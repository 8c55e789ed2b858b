import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { cli } from "../support/cli.ts";

describe("lab", () => {
  it("prints the published tables beside what the data give", async () => {
    const { code, stdout } = await cli("lab", "tables");
    assert.equal(code, 0);
    assert.match(stdout, /47 of 47 published rows come out, 97 of 97 figures/);
    assert.match(stdout, /578 of 1050, 55\.0 %/);
  });

  it("reads a folder and reports repairs without sending anything", async () => {
    const { code, stdout } = await cli(
      "lab",
      "import",
      "data/lab/tinyscalelab",
      "--dry-run",
      "--json",
    );
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).report.judgeScores, 2475);
  });

  it("names a folder that is not there", async () => {
    const { code, stderr } = await cli("lab", "import", "no-such-folder");
    assert.equal(code, 1);
    assert.match(stderr, /There is no folder no-such-folder/);
  });
});
