// The program in a browser's worker, on the engine the page's server serves.

import { computeDigests } from "./digests.ts";

const response = await fetch("/engine.wasm");
const binary = new Uint8Array(await response.arrayBuffer());
const threads = new URLSearchParams(location.search).get("threads")!.split(",").map(Number);
const outcome = await computeDigests(
  binary,
  threads,
  () => new Worker("/thread.js", { type: "module" }),
);
// The page may be driven or not: the result goes to the server that served it.
await fetch("/result", { method: "POST", body: JSON.stringify(outcome) });
