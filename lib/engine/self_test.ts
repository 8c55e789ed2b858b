// Known-answer test run by every worker and tab before it computes anything that counts.

import { bytesOf, float64le } from "../bytes.ts";
import { sha256Hex } from "../hash.ts";
import type { Batch, Engine } from "./engine.ts";

/** Digest every conforming engine gives. */
export const SELF_TEST_DIGEST = "e02143cf6bd9415d425142323c8d0250b603ce07a741c62b7b0e84a35fa135f0";

const CONFIG = { layers: 2, dModel: 24, heads: 3, ctx: 19, dMlp: 44, vocabSize: 36 };

/** Three steps of a tiny run at awkward sizes, then scoring and sampling: SHA-256 of all results. */
export async function selfTestDigest(engine: Engine): Promise<string> {
  const trainer = await engine.createTrainer({
    config: CONFIG,
    optimizer: {
      learningRate: 0.01,
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      gradClip: 1,
      schedule: { name: "cosine", warmupSteps: 1, minLearningRate: 0.001 },
    },
    batchSize: 3,
    steps: 3,
    seed: 0x7e57,
  });
  const losses = new Float64Array(3);
  for (let step = 0; step < 3; step++) {
    losses[step] = (await trainer.trainStep(pattern(step))).lossNats;
  }
  const { weights, m, v } = trainer.state();
  trainer.close();
  const model = await engine.loadModel(CONFIG, weights);
  const [nll] = await model.scoreSequences([Int32Array.from({ length: 17 }, (_, i) => i * 5 % 36)]);
  const sampled = await model.generate([[1, 2, 3]], { maxTokens: 24, temperature: 0.8, seed: 5 });
  model.close();
  return sha256Hex(
    ...[weights, m, v, nll, losses, Uint8Array.from(sampled[0])].map(bytesOf),
    float64le(engine.math.exp(1.25)),
    float64le(engine.math.log(7.5)),
  );
}

function pattern(step: number): Batch {
  const rows = 3 * CONFIG.ctx;
  const tokens = Int32Array.from({ length: rows }, (_, i) => (i * i + 7 * step) % 36);
  const targets = tokens.map((_, i) => i % 11 === 10 ? -1 : (i * 3 + step) % 36);
  return { tokens, targets };
}
