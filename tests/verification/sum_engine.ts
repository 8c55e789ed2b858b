// An engine of plain sums: its state depends on every batch and every step, and takes no time.

import type { Engine, InferenceModel, Trainer, TrainState } from "../../lib/engine/engine.ts";
import { DivergedError } from "../../lib/errors.ts";
import { parameterCount } from "../../lib/format/config.ts";

export interface SumEngine extends Engine {
  /** Trainers not closed yet. */
  open: number;
  stepsTrained: number;
}

/**
 * `divergesAt` is the step at which the loss stops being finite, `devLossAt` what an evaluation gives
 * after a step. `bias` stands for an engine bug.
 */
export function sumEngine(
  {
    digest = "ab".repeat(32),
    divergesAt = Infinity,
    bias = 0,
    devLossAt = (_step: number): number => 1,
  } = {},
): SumEngine {
  const engine: SumEngine = {
    digest,
    threads: 1,
    math: { exp: Math.exp, log: Math.log },
    open: 0,
    stepsTrained: 0,
    createTrainer({ config, seed }) {
      engine.open++;
      const size = parameterCount(config);
      let state: TrainState = {
        step: 0,
        weights: new Float32Array(size).map((_, i) => ((seed + i) % 97) / 100),
        m: new Float32Array(size),
        v: new Float32Array(size),
      };
      const trainer: Trainer = {
        get step() {
          return state.step;
        },
        trainStep({ tokens, targets }) {
          const step = state.step + 1;
          if (step >= divergesAt) return Promise.reject(new DivergedError(step));
          const sum = tokens.reduce(
            (total, token, i) => total + (i + 1) * token + targets[i],
            bias,
          );
          state.step = step;
          state.weights.forEach((w, i) => state.weights[i] = w * 0.9 + (sum % 1009) / 1e4);
          state.m[step % size] = sum;
          state.v[step % size] = sum / step;
          engine.stepsTrained++;
          const lossNats = 5 / step + (sum % 7) / 100;
          return Promise.resolve({ step, lossNats, gradNorm: 1, learningRate: 0.001 });
        },
        state: () => structuredClone(state),
        restore(from) {
          state = structuredClone(from);
        },
        evaluate: () => Promise.resolve(devLossAt(state.step)),
        close() {
          engine.open--;
        },
      };
      return Promise.resolve(trainer);
    },
    loadModel: (config, weights) => Promise.resolve(sumModel(config, weights)),
    selfTest: () => Promise.resolve("00"),
    close() {},
  };
  return engine;
}

/** Answers no prompt; costs as many nats a byte as its first weights say. */
function sumModel(config: InferenceModel["config"], weights: Float32Array): InferenceModel {
  return {
    config,
    scoreSequences: (sequences) =>
      Promise.resolve(
        sequences.map((sequence) =>
          Float32Array.from({ length: sequence.length - 1 }, (_, i) => 1 + weights[sequence[i]])
        ),
      ),
    nextLogits: () => Promise.resolve(new Float32Array(config.vocabSize)),
    trace: () => Promise.resolve(),
    beamSearch: (prompts) => Promise.resolve(prompts.map(() => [])),
    generate: (prompts) => Promise.resolve(prompts.map(() => [])),
    close() {},
  };
}
