// A whole training run, step by step, in plain loops.

import type {
  Batch,
  OptimizerConfig,
  StepResult,
  TrainerOptions,
  TrainState,
} from "../../lib/engine/engine.ts";
import { parameterCount, type TensorSpec, tensorSpecs } from "../../lib/format/config.ts";
import { crossEntropyBackward, meanLoss, negativeLogLikelihood } from "./loss.ts";
import { f32 } from "./float_bits.ts";
import { backward, forward, tensorsOf } from "./model.ts";
import { adamScalars, adamW, gradientNorm, learningRate } from "./optimizer.ts";
import { muon } from "./muon.ts";
import { initialWeight } from "./random.ts";

/** Weights before the first step. */
export function initialState({ config, seed }: TrainerOptions): TrainState {
  const parameters = parameterCount(config);
  const weights = new Float32Array(parameters);
  for (const { name, offset, size } of tensorSpecs(config)) {
    const std = /o_proj\.weight|fc_out\.weight|down_proj\.weight/.test(name)
      ? 0.02 / Math.sqrt(2 * config.layers)
      : 0.02;
    const isNorm = /ln1|ln2|ln_final/.test(name), isBias = name.endsWith(".bias");
    for (let i = offset; i < offset + size; i++) {
      weights[i] = isBias ? 0 : isNorm ? 1 : initialWeight(seed, i, std);
    }
  }
  return { step: 0, weights, m: new Float32Array(parameters), v: new Float32Array(parameters) };
}

/** Mean loss in nats and flat gradients of one batch. */
export function lossAndGradients(options: TrainerOptions, weights: Float32Array, batch: Batch) {
  const { config, optimizer: { zLoss } } = options;
  const { ctx: T, vocabSize: V } = config;
  const twoZ = zLoss === undefined ? undefined : f32(2 * zLoss);
  const w = tensorsOf(config, weights);
  const activations = forward(config, w, batch.tokens, T);
  const scored = batch.targets.filter((target) => target >= 0).length;
  const dLogits = new Float32Array(activations.logits.length);
  const losses = Array.from(batch.targets, (target, r) => {
    const logits = activations.logits.subarray(r * V, (r + 1) * V);
    dLogits.set(crossEntropyBackward(logits, target, f32(1 / scored), twoZ), r * V);
    return negativeLogLikelihood(logits, target);
  });
  const grads = new Float32Array(weights.length);
  backward(config, w, grads, batch.tokens, T, activations, dLogits);
  return { lossNats: meanLoss(losses, scored), grads };
}

function decays({ name, shape }: TensorSpec, { weightDecayMask }: OptimizerConfig): boolean {
  const embedding = ["token_embedding.weight", "position_embedding.weight"].includes(name);
  switch (weightDecayMask) {
    case "all":
      return true;
    case "no-embeddings":
      return shape.length === 2 && !embedding;
    case undefined:
      return shape.length === 2;
  }
}

/** One step in place. */
export function trainStep(options: TrainerOptions, state: TrainState, batch: Batch): StepResult {
  const { config, optimizer, steps } = options;
  const step = ++state.step;
  const { lossNats, grads } = lossAndGradients(options, state.weights, batch);
  const specs = tensorSpecs(config);
  const part = (flat: Float32Array, i: number) =>
    flat.subarray(specs[i].offset, specs[i].offset + specs[i].size);
  const gradNorm = gradientNorm(specs.map((_, i) => part(grads, i)));
  const scalars = adamScalars(step, steps, gradNorm, optimizer);
  specs.forEach((spec, i) => {
    const [w, g, m, v] = [state.weights, grads, state.m, state.v].map((flat) => part(flat, i));
    const decay = decays(spec, optimizer) ? scalars.decay : 0;
    if (optimizer.muon && spec.shape.length === 2 && spec.name.startsWith("blocks.")) {
      const { learningRate: peak, momentum } = optimizer.muon;
      const lr = f32(learningRate(step, steps, optimizer) / optimizer.learningRate * peak);
      const of = { clip: scalars.clip, momentum: f32(momentum), momentumc: f32(1 - momentum) };
      muon(w, g, m, spec.shape, { ...of, lr, decay });
    } else {
      adamW(w, g, m, v, { ...scalars, decay });
    }
  });
  return { step, lossNats, gradNorm, learningRate: learningRate(step, steps, optimizer) };
}
