// Tinyproof's engine in the comparison, with a thread per core, in Deno and in a browser.

import type { Engine } from "../../lib/engine/engine.ts";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { ADAMW, type Contender, serve } from "./contender.ts";

/** As many windows at a time as benchmarks score. */
const WINDOWS_PER_GROUP = 16;

async function startEngine(): Promise<Engine> {
  const threads = navigator.hardwareConcurrency;
  if ("Deno" in globalThis) {
    const { loadEngineBinary } = await import("../../wasm/load.ts");
    const { spawnComputeThread } = await import("../../workers/spawn_thread.ts");
    return instantiateEngine(await loadEngineBinary(), { threads, spawn: spawnComputeThread });
  }
  const binary = await fetch("/engine.wasm").then((response) => response.arrayBuffer());
  const spawn = () => new Worker("/thread.js", { type: "module" });
  return instantiateEngine(new Uint8Array(binary), { threads, spawn });
}

const ours: Contender = {
  async train({ config, batchSize, weights, tokens, targets }) {
    const engine = await startEngine();
    const schedule = { name: "constant" as const, warmupSteps: 0, minLearningRate: 0 };
    const optimizer = { ...ADAMW, gradClip: 0, schedule };
    const steps = 1_000_000;
    const trainer = await engine.createTrainer({ config, batchSize, optimizer, steps, seed: 0 });
    const zeros = () => new Float32Array(weights.length);
    trainer.restore({ step: 0, weights, m: zeros(), v: zeros() });
    return {
      step: async () => (await trainer.trainStep({ tokens, targets })).lossNats,
    };
  },

  async infer({ config, weights }) {
    const engine = await startEngine();
    const model = await engine.loadModel(config, weights);
    return {
      async score(windows) {
        const scored: Float32Array[] = [];
        for (let from = 0; from < windows.length; from += WINDOWS_PER_GROUP) {
          const group = windows.slice(from, from + WINDOWS_PER_GROUP);
          scored.push(...await model.scoreSequences(group));
        }
        return scored;
      },
      async generate(prompt, tokens) {
        const rows = await model.generate([prompt], { maxTokens: tokens, temperature: 0 });
        return rows[0];
      },
    };
  },
};

serve(ours);
