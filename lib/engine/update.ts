// Gradient norm, clipping and AdamW (Muon: muon.ts), as every thread runs them.

import { parameterCount, tensorSpecs } from "../format/config.ts";
import type { StepResult } from "./engine.ts";
import { muon } from "./muon.ts";
import { byMuon, decays } from "./parameters.ts";
import { learningRateAt } from "./schedule.ts";
import type { Training } from "./training_run.ts";
import { NORM_BLOCK, normBlocks } from "./workspace.ts";

/** Clips by the global norm and updates this thread's weights, unless a value is not finite. */
export function update(run: Training, step: number, lossNats: number): StepResult {
  const { kernels, options: { optimizer, steps } } = run;
  const gradNorm = gradientNorm(run);
  const learningRate = learningRateAt(step, steps, optimizer, kernels.cosPi);
  const result = { step, lossNats, gradNorm, learningRate };
  if (!Number.isFinite(lossNats) || !Number.isFinite(gradNorm)) return result;
  const { gradClip } = optimizer;
  const clip = gradClip > 0 && gradNorm > gradClip ? gradClip / gradNorm : 1;
  adamW(run, result, clip);
  if (optimizer.muon) muon(run, result, clip);
  return result;
}

/**
 * Threads sum blocks of 4096 squares; then each folds all of them in order, to the same bits.
 * That spares telling the others, and a meeting.
 */
function gradientNorm({ kernels, thread, w, options: { config } }: Training): number {
  const specs = tensorSpecs(config), count = normBlocks(config);
  const [from, to] = thread.share(count, 1);
  const squares = thread.arena.doubles(w.squares, count);
  let block = 0;
  for (const { offset, size } of specs) {
    for (let i = 0; i < size; i += NORM_BLOCK, block++) {
      if (block < from || block >= to) continue;
      const at = w.grads + 4 * (offset + i);
      squares[block] = kernels.sumSquares(at, Math.min(NORM_BLOCK, size - i));
    }
  }
  thread.meet();
  let total = 0;
  block = 0;
  for (const { size } of specs) {
    let ofTensor = 0;
    for (let i = 0; i < size; i += NORM_BLOCK) ofTensor += squares[block++];
    total += ofTensor;
  }
  return Math.sqrt(total);
}

function adamW(run: Training, { step, learningRate }: StepResult, clip: number): void {
  const { kernels, thread, w, options: { config, optimizer } } = run;
  const { beta1, beta2, epsilon, weightDecay } = optimizer;
  const c1 = 1 / (1 - kernels.powInt(beta1, step));
  const c2 = 1 / (1 - kernels.powInt(beta2, step));
  const [from, to] = thread.share(parameterCount(config), 4);
  for (const spec of tensorSpecs(config)) {
    if (optimizer.muon && byMuon(spec)) continue;
    const { offset, size } = spec;
    const first = Math.max(from, offset), count = Math.min(to, offset + size) - first;
    if (count <= 0) continue;
    const at = 4 * first;
    // deno-fmt-ignore
    kernels.adamW(w.weights + at, w.grads + at, w.m + at, w.v + at, count, clip, learningRate,
      beta1, 1 - beta1, beta2, 1 - beta2, c1, c2, epsilon, decays(spec, optimizer) ? weightDecay : 0);
  }
}
