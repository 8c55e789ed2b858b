// Native kernels against WebAssembly: every instruction set of the library that this machine has.
// Where there is no C compiler, what applies is that the engine does without.

import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Accelerate, Kernels } from "../../lib/engine/kernels.ts";
import { SELF_TEST_DIGEST } from "../../lib/engine/self_test.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { trainedFile } from "../../lib/verification/model_file.ts";
import { parseRecipe } from "../../lib/verification/parse_recipe.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { runChild } from "../../workers/job_child.ts";
import { prepareFolder } from "../../workers/job_folder.ts";
import { type CheckShape, firstDifference } from "../../workers/native_check.ts";
import { instructionSets, NATIVE_KERNELS, openNative } from "../../workers/native_kernels.ts";
import { openSelfTested } from "../../workers/open_engine.ts";
import golden from "../golden/digests.json" with { type: "json" };
import { goldenDigests } from "../golden/recipes.ts";
import { engineBinary, testEngine } from "../support/engine.ts";
import { nativeLibrary } from "../support/native.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const binary = await engineBinary();
const module = await WebAssembly.compile(binary);
const library = await nativeLibrary();

/** Sizes around every tile and vector, over a pass of 256 terms and a block of 240 rows. */
const SHAPES: CheckShape[] = [
  { rows: 1, width: 12, depth: 1, heads: 1, headWidth: 4 },
  { rows: 8, width: 32, depth: 256, heads: 2, headWidth: 32 },
  { rows: 9, width: 36, depth: 255, heads: 3, headWidth: 12 },
  { rows: 31, width: 64, depth: 33, heads: 2, headWidth: 16 },
  { rows: 64, width: 60, depth: 17, heads: 1, headWidth: 64 },
  { rows: 257, width: 20, depth: 513, heads: 2, headWidth: 8 },
];

function whenBuilt(library: string): void {
  for (const set of instructionSets(library)) {
    it(`give WebAssembly's bits with ${set}, every kernel at awkward sizes`, () => {
      assert.equal(firstDifference(module, openNative(library, set).accelerate, SHAPES), null);
    });
  }

  it("are compared one by one: a kernel that does nothing is found and named", () => {
    for (const name of NATIVE_KERNELS) {
      const idle: Accelerate = (_, kernels): Kernels => ({ ...kernels, [name]: () => 0 });
      const small = { rows: 5, width: 12, depth: 3, heads: 2, headWidth: 4 };
      assert.match(firstDifference(module, idle, [small]) ?? "none", new RegExp(`^${name} `));
    }
  });

  it("give the golden digests on 1, 2 and 3 threads", async () => {
    for (const threads of [1, 2, 3]) {
      const said: string[] = [];
      const opened = await openSelfTested(binary, { threads, library, say: (s) => said.push(s) });
      assert.deepEqual(said, []);
      assert.equal(opened.native, instructionSets(library)[0]);
      assert.equal(opened.engine.threads, threads);
      assert.equal(opened.selfTestDigest, SELF_TEST_DIGEST);
      assert.deepEqual(await goldenDigests(opened.engine), golden.runs);
      opened.engine.close();
    }
  });

  it("replay in a job process that may load the library and nothing else", async () => {
    const folder = await Deno.makeTempDir();
    const { verdict, verifiers } = await replayInProcess(folder, library);
    await Deno.remove(folder, { recursive: true });
    assert.equal(verdict, "exact");
    assert.deepEqual(verifiers.map(({ native, threads }) => [native, threads]), [
      [instructionSets(library)[0], 2],
    ]);
  });
}

/** A tiny run by WebAssembly, replayed by a real job process. */
async function replayInProcess(folder: string, native: string) {
  const engine = await testEngine();
  const recipe = parseRecipe({ ...tinyRecipe({ steps: 12 }), engine: engine.digest });
  const inputs = await loadInputs(recipe, () => assert.fail("it names no corpus"));
  const run = await runRecipe({ recipe, recipeHash: await recipeHash(recipe), engine, ...inputs });
  const { tokenizer } = inputs;
  const file = trainedFile({ recipe, tokenizer, run, dtype: "fp32", trainWallMs: 1 });
  const [modelPath, enginePath] = [`${folder}/submitted`, `${folder}/engine`];
  await Deno.writeFile(modelPath, file);
  await Deno.writeFile(enginePath, binary);
  const job = `${folder}/job`;
  await prepareFolder(job, {
    ...{ modelPath, enginePath, dataRoot: folder, dataFiles: [] },
    spec: {
      ...{ kind: "verify", jobId: "j", entryId: "e", attempt: 1, confirm: false, flags: [] },
      ...{
        fileDigest: await sha256Hex(file),
        threads: 2,
        native,
        twin: null,
        benchmarks: [],
        claimedScores: [],
      },
    },
  });
  const outcome = await runChild({
    program: new URL("../../workers/job_process.ts", import.meta.url),
    ...{ folder: job, library: native, v8Flags: [], memoryBytes: 2 ** 31, timeoutMs: 60_000 },
    ...{ onMessage: () => {}, signal: new AbortController().signal },
  });
  assert.ok(
    outcome.ended === "result" && outcome.result.kind === "verify",
    JSON.stringify(outcome),
  );
  return outcome.result.result;
}

describe("native kernels", () => {
  if (library !== null) whenBuilt(library);

  it("are done without where the library is missing or is none, with the reason told", async () => {
    for (const path of ["/nonexistent/engine.so", new URL(import.meta.url).pathname]) {
      const said: string[] = [];
      const options = { threads: 1, library: path, say: (line: string) => void said.push(line) };
      const { engine, native, selfTestDigest } = await openSelfTested(binary, options);
      assert.equal(native, null);
      assert.equal(selfTestDigest, SELF_TEST_DIGEST);
      assert.match(said.join(" "), /Native kernels are not used: .*build:native/);
      engine.close();
    }
  });
});
