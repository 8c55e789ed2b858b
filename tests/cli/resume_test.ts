// Kills a training process at any moment; the same command goes on and ends with the same bits.

import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { fromUtf8 } from "../../lib/bytes.ts";
import { cli, cliError, cliJson, startCli } from "../support/cli.ts";
import { headerOf, withFlippedBit, withHeader } from "../support/model_files.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

/** Long enough to be killed twice, and not a multiple of the interval. */
const RECIPE = tinyRecipe({ steps: 1010, checkpointInterval: 20 });

interface TrainOutput {
  digest: string;
  chainHead: string;
}

let folder: string;
/** A checkpoint as a killed process left it. */
let checkpoint: Uint8Array;

function trainWords(out: string, recipe = "recipe"): string[] {
  return ["train", "--recipe", `${folder}/${recipe}.json`, "--out", `${folder}/${out}`];
}

/** Steps saved at `path`; 0 while there is nothing. */
async function savedSteps(path: string): Promise<number> {
  const bytes = await Deno.readFile(path).catch(() => null);
  return bytes === null ? 0 : RECIPE.checkpointInterval * headerOf(bytes).checkpoint.leaves.length;
}

/** Starts the command and kills it as soon as `checkpoints` more than at its start are saved. */
async function trainUntilKilled(out: string, checkpoints: number): Promise<string> {
  const path = `${folder}/${out}.checkpoint`;
  const goal = await savedSteps(path) + checkpoints * RECIPE.checkpointInterval;
  using watcher = Deno.watchFs(folder);
  const process = startCli(...trainWords(out), "--json");
  for await (const _ of watcher) if (await savedSteps(path) >= goal) break;
  process.kill("SIGKILL");
  const { signal, stdout, stderr } = await process.output();
  assert.equal(signal, "SIGKILL");
  assert.equal(stdout.length, 0);
  return fromUtf8(stderr);
}

describe("a training run killed with kill -9", () => {
  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-test-" });
    await Deno.writeTextFile(`${folder}/recipe.json`, JSON.stringify(RECIPE));
    await Deno.writeTextFile(`${folder}/other.json`, JSON.stringify({ ...RECIPE, seed: 8 }));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("goes on from its last checkpoint, twice, and ends with the bits of a whole run", async () => {
    const first = await trainUntilKilled("killed", 3);
    assert.doesNotMatch(first, /Going on/);
    checkpoint = await Deno.readFile(`${folder}/killed.checkpoint`);
    assert.match(await trainUntilKilled("killed", 3), /^Going on from step \d+, saved in/m);

    const { code, stdout, stderr } = await cli(...trainWords("killed"), "--json");
    assert.equal(code, 0);
    const [, step] = /^Going on from step (\d+), saved in/m.exec(stderr)!;
    assert.ok(Number(step) >= 100 && Number(step) < 1010);

    const whole = await cliJson<TrainOutput>(...trainWords("whole"));
    const resumed: TrainOutput = JSON.parse(stdout);
    assert.equal(resumed.digest, whole.digest);
    assert.equal(resumed.chainHead, whole.chainHead);
    const files = await Promise.all(
      ["killed", "whole"].map((out) => Deno.readFile(`${folder}/${out}`)),
    );
    const [killedHeader, wholeHeader] = files.map(headerOf);
    assert.deepEqual(killedHeader.lossHistory, wholeHeader.lossHistory);
    assert.deepEqual(killedHeader.chain, wholeHeader.chain);
  });

  it("verifies exact", async () => {
    const { verdict } = await cliJson("verify", `${folder}/killed`);
    assert.equal(verdict, "exact");
  });

  const damage: [string, (whole: Uint8Array) => Uint8Array, RegExp][] = [
    ["cut short", (whole) => whole.subarray(0, -7), /no whole checkpoint: .*cut short/],
    ["empty", () => new Uint8Array(), /no whole checkpoint: /],
    ["another kind of file", () => new TextEncoder().encode("hello"), /magic bytes TGPT/],
    ["changed by one bit", (whole) => withFlippedBit(whole, 40), /does not match its leaf/],
    [
      "an ordinary model file",
      (whole) => withHeader(whole, (header) => delete header.checkpoint),
      /is not a checkpoint of a run/,
    ],
    [
      "with a leaf that is no hash",
      (whole) => withHeader(whole, ({ checkpoint }) => checkpoint.leaves[0] = "zz"),
      /no whole checkpoint: /,
    ],
  ];
  for (const [name, change, message] of damage) {
    it(`refuses a checkpoint that is ${name}, and says to delete it`, async () => {
      await Deno.writeFile(`${folder}/damaged.checkpoint`, change(checkpoint));
      const { code, stderr } = await cliError(...trainWords("damaged"));
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.match(stderr, /mend: {5}Delete/);
      await assert.rejects(Deno.stat(`${folder}/damaged`), Deno.errors.NotFound);
    });
  }

  it("refuses the checkpoint of another recipe and leaves it alone", async () => {
    const path = `${folder}/foreign.checkpoint`;
    await Deno.writeFile(path, checkpoint);
    const { stderr } = await cliError(...trainWords("foreign", "other"));
    assert.match(stderr, /is a checkpoint of another recipe/);
    assert.match(stderr, /expected: recipe [0-9a-f]{64}\n {2}got: {6}recipe [0-9a-f]{64}/);
    assert.deepEqual(await Deno.readFile(path), checkpoint);
  });
});
