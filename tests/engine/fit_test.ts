import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { UnfitEngineError } from "../../lib/engine/fit.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { engineBinary } from "../support/engine.ts";
import { EMPTY_MODULE, importing, renamed } from "../support/other_engines.ts";

describe("a binary that is no engine of ours", () => {
  const refused = async (binary: Uint8Array, words: RegExp) => {
    await assert.rejects(instantiateEngine(binary), (error: Error) => {
      assert.ok(error instanceof UnfitEngineError, String(error));
      assert.match(error.message, words);
      return true;
    });
  };

  it("is told by what it asks for", async () => {
    await refused(importing("env", "abort"), /imports a shared memory and nothing else/);
    await refused(importing("wasi", "exit"), /imports a shared memory and nothing else/);
  });

  it("is told by the kernels it lacks", async () => {
    await refused(EMPTY_MODULE, /kernel meet, 4 parameters, got no such kernel/);
    const other = renamed(await engineBinary(), "attendCached", "attendStored");
    await refused(other, /kernel attendCached, 18 parameters, got no such kernel/);
  });

  it("is told by kernels that take other parameters", async () => {
    const without = renamed(await engineBinary(), "multiply", "multiple");
    const other = renamed(without, "normGain", "multiply");
    await refused(other, /kernel multiply, 3 parameters, got 9 parameters/);
  });
});
