import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBatcher } from "../../lib/corpora/batch.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { tensorDigest } from "../../lib/format/digest.ts";
import { initialState, trainStep } from "../oracle/trainer.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import golden from "./digests.json" with { type: "json" };
import { computeGolden } from "./compute.ts";
import { GOLDEN_RUNS } from "./recipes.ts";

/** V8's two compilers for WebAssembly, each alone, and vectors without AVX. */
const TIERS = ["--liftoff-only", "--no-liftoff", "--no-enable-avx"];

async function digestsUnder(v8Flag: string): Promise<unknown> {
  const script = new URL("print.ts", import.meta.url).pathname;
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `--v8-flags=${v8Flag}`, script],
    stderr: "inherit",
  }).output();
  assert.ok(success, `${v8Flag} ended with an error`);
  const { selfTest: _, ...digests } = JSON.parse(new TextDecoder().decode(stdout));
  return digests;
}

describe("golden digests", () => {
  it("are reproduced by the engine", async () => {
    assert.deepEqual(await computeGolden(await testEngine(), await engineBinary()), golden);
  });

  it("are reproduced by the oracle, which shares no arithmetic with the engine", async () => {
    const name = "cosine without warm-up, tight clipping";
    const run = GOLDEN_RUNS[name];
    const { config: { ctx }, batchSize, seed, data } = run;
    const batch = createBatcher({
      data,
      sources: new Map(),
      tokenizer: BYTE_TOKENIZER,
      ctx,
      batchSize,
      seed,
    });
    const state = initialState(run);
    for (let step = 1; step <= run.steps; step++) trainStep(run, state, batch(step));
    assert.equal(await tensorDigest(state.weights), golden.runs[name].weights);
    assert.equal(await tensorDigest(state.m), golden.runs[name].m);
    assert.equal(await tensorDigest(state.v), golden.runs[name].v);
  });

  it("are the same for a step of micro-batches and for one batch of their rows", () => {
    assert.deepEqual(golden.runs["cosine, by four micro-batches"], golden.runs.cosine);
  });

  for (const flag of TIERS) {
    it(`are reproduced under ${flag}`, async () => {
      assert.deepEqual(await digestsUnder(flag), golden);
    });
  }
});
