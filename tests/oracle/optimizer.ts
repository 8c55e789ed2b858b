// Gradient norm in binary64, AdamW element by element, and the learning-rate schedules.

import type { OptimizerConfig } from "../../lib/engine/engine.ts";
import { cosPi, powInt } from "./exact64.ts";
import { f32 } from "./float_bits.ts";

const BLOCK = 4096;
const SMALLEST_MOMENT = 2 ** -100;

/** Σ g² of one tensor: blocks of 4096, each by the sixteen-lane rule in binary64, blocks in order. */
export function sumSquares(g: Float32Array): number {
  let total = 0;
  for (let from = 0; from < g.length; from += BLOCK) {
    const lanes = new Array<number>(16).fill(0);
    g.subarray(from, from + BLOCK).forEach((value, i) => {
      lanes[i % 16] = lanes[i % 16] + value * value;
    });
    for (const half of [8, 4, 2, 1]) {
      for (let j = 0; j < half; j++) lanes[j] = lanes[j] + lanes[j + half];
    }
    total = total + lanes[0];
  }
  return total;
}

/** √ of the tensors' sums, tensors in order. */
export function gradientNorm(tensors: readonly Float32Array[]): number {
  return Math.sqrt(tensors.reduce((sum, g) => sum + sumSquares(g), 0));
}

/** Learning rate of step `step`, 1..steps, binary64. */
export function learningRate(step: number, steps: number, optimizer: OptimizerConfig): number {
  const { learningRate: peak, schedule: { name, warmupSteps, minLearningRate: min } } = optimizer;
  if (step <= warmupSteps) return peak * step / warmupSteps;
  if (name === "wsd") {
    const left = steps - step, { decaySteps = 0 } = optimizer.schedule;
    return left >= decaySteps ? peak : peak + (min - peak) * ((decaySteps - left) / decaySteps);
  }
  const p = (step - warmupSteps) / Math.max(1, steps - warmupSteps);
  if (name === "cosine") return min + (peak - min) * (0.5 * (1 + cosPi(p)));
  if (name === "linear") return peak + (min - peak) * p;
  return peak;
}

/** Every scalar of an update, rounded to binary32. */
export interface AdamScalars {
  clip: number;
  lr: number;
  beta1: number;
  beta1c: number;
  beta2: number;
  beta2c: number;
  c1: number;
  c2: number;
  epsilon: number;
  decay: number;
}

/** The scalars of step `step` for a gradient of this norm; `decay` as for tensors that decay. */
export function adamScalars(
  step: number,
  steps: number,
  gradNorm: number,
  optimizer: OptimizerConfig,
): AdamScalars {
  const { gradClip, beta1, beta2, epsilon, weightDecay } = optimizer;
  return {
    clip: f32(gradClip > 0 && gradNorm > gradClip ? gradClip / gradNorm : 1),
    lr: f32(learningRate(step, steps, optimizer)),
    beta1: f32(beta1),
    beta1c: f32(1 - beta1),
    beta2: f32(beta2),
    beta2c: f32(1 - beta2),
    c1: f32(1 / (1 - powInt(beta1, step))),
    c2: f32(1 / (1 - powInt(beta2, step))),
    epsilon: f32(epsilon),
    decay: f32(weightDecay),
  };
}

function flushed(moment: number): number {
  return Math.abs(moment) < SMALLEST_MOMENT ? 0 : moment;
}

/** One AdamW update in place. */
export function adamW(
  w: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  s: AdamScalars,
): void {
  for (let i = 0; i < w.length; i++) {
    const grad = f32(g[i] * s.clip);
    m[i] = flushed(f32(f32(s.beta1 * m[i]) + f32(s.beta1c * grad)));
    v[i] = flushed(f32(f32(s.beta2 * v[i]) + f32(s.beta2c * f32(grad * grad))));
    const root = f32(f32(Math.sqrt(f32(v[i] * s.c2))) + s.epsilon);
    const update = f32(f32(f32(m[i] * s.c1) / root) + f32(s.decay * w[i]));
    w[i] = f32(w[i] - f32(s.lr * update));
  }
}
