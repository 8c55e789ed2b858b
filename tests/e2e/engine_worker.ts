// Runs in a browser's worker: the self-test and the golden runs, on the engine the server serves.

import { publicProblem } from "../../lib/errors.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { functionDigests } from "../golden/functions.ts";
import { goldenDigests } from "../golden/recipes.ts";

async function compute(): Promise<unknown> {
  const response = await fetch("/engine.wasm");
  const binary = new Uint8Array(await response.arrayBuffer());
  const engine = await instantiateEngine(binary, {
    threads: 2,
    spawn: () => new Worker("/thread.js", { type: "module" }),
  });
  return {
    engine: engine.digest,
    threads: engine.threads,
    selfTest: await engine.selfTest(),
    functions: await functionDigests(binary),
    runs: await goldenDigests(engine),
  };
}

let outcome: unknown;
try {
  outcome = await compute();
} catch (error) {
  outcome = { error: publicProblem(error)?.message ?? String(error) };
}
// The page may be driven or not: the result goes to the server that served it.
await fetch("/result", { method: "POST", body: JSON.stringify(outcome) });
