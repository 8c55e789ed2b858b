import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "@std/testing/bdd";
import type { TrainState } from "../../lib/engine/engine.ts";
import { ValidationError } from "../../lib/errors.ts";
import {
  ChainBuilder,
  chainHead,
  leafHash,
  leafSteps,
  parseChain,
} from "../../lib/verification/chain.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { exampleRecipe } from "./example.ts";

function stateAt(step: number): TrainState {
  return {
    step,
    weights: new Float32Array([1, 2, step]),
    m: new Float32Array(3),
    v: new Float32Array([0, 0, 0.5]),
  };
}

async function builtChain() {
  const recipe = exampleRecipe();
  const builder = new ChainBuilder(recipe, await recipeHash(recipe));
  for (const step of [0, 4, 8, 10]) await builder.add(stateAt(step), step === 0 ? 0 : 1 / step);
  return { recipe, builder };
}

describe("leafHash", () => {
  it("hashes fixed-width little-endian fields without padding", async () => {
    const state = stateAt(4);
    const sha = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest();
    const fields = new DataView(new ArrayBuffer(16));
    fields.setUint32(0, 1, true);
    fields.setUint32(4, 4, true);
    fields.setBigUint64(8, 384n, true);
    const loss = new DataView(new ArrayBuffer(8));
    loss.setFloat64(0, 0.25, true);
    const expected = createHash("sha256")
      .update("ckpt/v1")
      .update(new Uint8Array(fields.buffer))
      .update(sha(new Uint8Array(state.weights.buffer)))
      .update(sha(new Uint8Array(state.m.buffer)))
      .update(sha(new Uint8Array(state.v.buffer)))
      .update(new Uint8Array(loss.buffer))
      .digest("hex");
    const leaf = await leafHash({ ...state, j: 1, tokens: 384, lossNats: 0.25 });
    assert.equal(new Uint8Array(leaf).toHex(), expected);
  });

  it("tells +0 from −0 in weights and loss", async () => {
    const leaf = { ...stateAt(4), j: 1, tokens: 384, lossNats: 0 };
    const plain = (await leafHash(leaf)).toHex();
    assert.notEqual((await leafHash({ ...leaf, lossNats: -0 })).toHex(), plain);
    const m = new Float32Array([0, -0, 0]);
    assert.notEqual((await leafHash({ ...leaf, m })).toHex(), plain);
  });
});

describe("leafSteps", () => {
  it("names step 0, every interval and the last step once", () => {
    assert.deepEqual(leafSteps({ steps: 10, checkpointInterval: 4 }), [0, 4, 8, 10]);
    assert.deepEqual(leafSteps({ steps: 8, checkpointInterval: 4 }), [0, 4, 8]);
    assert.deepEqual(leafSteps({ steps: 1, checkpointInterval: 9 }), [0, 1]);
  });
});

describe("ChainBuilder", () => {
  it("folds every leaf, the one of step 0 included", async () => {
    const { recipe, builder } = await builtChain();
    const chain = builder.result();
    assert.deepEqual(chain.leafSteps, [0, 4, 8, 10]);
    assert.equal(chain.interval, 4);
    const sha = (...parts: (string | Uint8Array)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
    const seed = new Uint8Array([42, 0, 0, 0, 0, 0, 0, 0]);
    let head = sha(Uint8Array.fromHex(await recipeHash(recipe)), seed);
    for (const leaf of chain.leaves) head = sha("chain/v1", head, Uint8Array.fromHex(leaf));
    assert.equal(chain.head, head.toString("hex"));
  });

  it("refuses a leaf that is not due", async () => {
    const { builder } = await builtChain();
    await assert.rejects(builder.add(stateAt(11), 1), RangeError);
  });

  it("continues from the leaves of an interrupted run", async () => {
    const { recipe, builder } = await builtChain();
    const resumed = new ChainBuilder(recipe, await recipeHash(recipe), builder.leaves.slice(0, 2));
    assert.equal(resumed.nextStep, 8);
    await resumed.add(stateAt(8), 1 / 8);
    await resumed.add(stateAt(10), 1 / 10);
    assert.deepEqual(await resumed.result(), builder.result());
  });

  it("gives another head for another seed", async () => {
    const { recipe, builder } = await builtChain();
    const hash = await recipeHash(recipe);
    assert.notEqual(chainHead(hash, 43, builder.leaves), (builder.result()).head);
  });
});

describe("parseChain", () => {
  it("accepts what a run leaves", async () => {
    const chain = await (await builtChain()).builder.result();
    assert.deepEqual(parseChain(JSON.parse(JSON.stringify(chain))), chain);
  });

  it("refuses what is no chain", async () => {
    const chain = await (await builtChain()).builder.result();
    for (const bad of [null, [], {}, { ...chain, head: "00" }, { ...chain, leaves: [1] }]) {
      assert.throws(() => parseChain(bad), ValidationError);
    }
  });
});
