// What the engines are given to work on.

import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import type { ModelConfig } from "../../lib/format/config.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { ADAMW } from "./contender.ts";

/** English, as bytes. */
export const TEXT = await Deno.readFile(
  new URL("../../data/corpora/tinystories-train-4m.txt", import.meta.url),
);

/** Weights as a run begins with: what a model has learnt does not change its speed. */
export async function freshWeights(config: ModelConfig): Promise<Float32Array> {
  const engine = await instantiateEngine(await loadEngineBinary());
  const schedule = { name: "constant" as const, warmupSteps: 0, minLearningRate: 0 };
  const optimizer = { ...ADAMW, gradClip: 0, schedule };
  const options = { config, batchSize: 1, optimizer, steps: 1, seed: 1 };
  const trainer = await engine.createTrainer(options);
  const { weights } = trainer.state();
  trainer.close();
  engine.close();
  return weights;
}

export function bytesOf(values: Float32Array | Int32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.slice().buffer);
}
