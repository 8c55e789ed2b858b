// Imported models against the float64 program of tests/fixtures/huggingface/make.py.

import assert from "node:assert/strict";
import { afterAll, describe, it } from "@std/testing/bdd";
import { importModel } from "../../lib/interchange/huggingface.ts";
import { sourceOf } from "../../lib/interchange/safetensors.ts";
import { testEngine } from "../support/engine.ts";
import { type Expected, FOLDERS, readBytes, readJson } from "./models.ts";

/**
 * Logits are of magnitude 8 and come of some 10^2 roundings in a row, each of 2^−24 relative to
 * values as large: their errors add up to about √100·8·2^−24, 5·10^−6. Twice that is allowed; a
 * wrong epsilon, scale, window or position changes logits by more than 10^−3.
 */
const TOLERANCE = 1e-5;

const engine = await testEngine();

/** Fails unless every value is as near as float32 allows; gives the largest difference. */
function largestDifference(got: ArrayLike<number>, expected: readonly number[]): number {
  assert.equal(got.length, expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(got[i] - value)));
}

describe("logits of an imported model", () => {
  afterAll(() => engine.close());

  for (const folder of FOLDERS) {
    it(`are those of the float64 program: ${folder}`, async () => {
      const { ids, nll, logits } = await readJson<Expected>(`${folder}/expected.json`);
      const json = await readJson(`${folder}/config.json`);
      const source = sourceOf(await readBytes(`${folder}/model.safetensors`));
      const { config, weights } = await importModel(json, source);
      const model = await engine.loadModel(config, weights);
      const [likelihoods] = await model.scoreSequences([ids]);
      const differences = [largestDifference(likelihoods, nll)];
      for (const [row, expected] of Object.entries(logits)) {
        const got = await model.nextLogits(ids.slice(0, Number(row) + 1));
        differences.push(largestDifference(got, expected));
      }
      assert.ok(Math.max(...differences) < TOLERANCE, String(differences));
      model.close();
    });
  }
});
