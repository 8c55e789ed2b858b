// A training run as the benchmarks time it.

import type { Batch, Engine, Trainer, TrainerOptions } from "../lib/engine/engine.ts";
import type { Shape } from "./shapes.ts";

export function randomBytes(count: number): Int32Array {
  return Int32Array.from(crypto.getRandomValues(new Uint8Array(count)));
}

export function randomBatch({ config, batchSize }: Shape): Batch {
  const tokens = randomBytes(batchSize * config.ctx);
  return { tokens, targets: tokens.toReversed() };
}

export function trainingOptions({ config, batchSize }: Shape): TrainerOptions {
  const schedule = { name: "constant" as const, warmupSteps: 0, minLearningRate: 0 };
  const adam = { learningRate: 1e-4, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 };
  const optimizer = { ...adam, gradClip: 1, schedule };
  return { config, batchSize, optimizer, steps: 1_000_000, seed: 1 };
}

export function startTrainer(engine: Engine, shape: Shape): Promise<Trainer> {
  return engine.createTrainer(trainingOptions(shape));
}

/** Steps per second over at least `leastMs`, after one step to warm up. */
export async function stepsPerSecond(
  trainer: Trainer,
  batch: Batch,
  leastMs: number,
): Promise<number> {
  await trainer.trainStep(batch);
  const startMs = performance.now();
  let steps = 0, elapsedMs = 0;
  while (elapsedMs < leastMs) {
    await trainer.trainStep(batch);
    steps++;
    elapsedMs = performance.now() - startMs;
  }
  return 1000 * steps / elapsedMs;
}
