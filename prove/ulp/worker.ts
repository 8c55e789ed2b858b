/// <reference lib="webworker" />
// One thread of `prove ulp`: measures the chunks it is sent.

import { Arena } from "../../lib/engine/kernels.ts";
import { type FunctionName, FUNCTIONS } from "./functions.ts";
import { CHUNK, measure, type Measurement } from "./measure.ts";

/** Sent first with the engine's binary, then once for each chunk. */
export interface ChunkJob {
  name: FunctionName;
  chunk: number;
}

export interface ChunkResult extends ChunkJob, Measurement {
  /** SHA-256 of the chunk's results. */
  digest: string;
}

let arena: Arena | null = null;

addEventListener("message", async ({ data }: MessageEvent<WebAssembly.Module | ChunkJob>) => {
  if (data instanceof WebAssembly.Module) {
    arena = new Arena(data, 2 ** 21);
    return;
  }
  const { name, chunk } = data;
  const result = await measure(FUNCTIONS[name], arena!, chunk * CHUNK, CHUNK);
  postMessage({ name, chunk, ...result } satisfies ChunkResult);
});
