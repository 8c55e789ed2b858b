import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { runChild } from "../../workers/job_child.ts";

describe("a job process", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await Deno.makeTempDir({ prefix: "tinyproof-child-" });
  });
  afterEach(async () => {
    await Deno.remove(folder, { recursive: true });
  });

  it("starts from the installed packages alone, on a machine where Deno has cached nothing", async () => {
    const outcome = await runChild({
      program: new URL("../../workers/job_process.ts", import.meta.url),
      ...{ folder, library: null, v8Flags: [], memoryBytes: 2 ** 31, timeoutMs: 60_000 },
      ...{ onMessage: () => {}, signal: new AbortController().signal },
      environment: { ...Deno.env.toObject(), DENO_DIR: `${folder}/cache` },
    });
    // It got as far as looking for the job it was given, of which there is none.
    assert.ok(outcome.ended === "error", JSON.stringify(outcome));
    assert.equal(outcome.error.stage, "starting");
    assert.match(outcome.error.reason, /job\.json/);
  });
});
