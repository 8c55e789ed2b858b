// Measures what a machine trains in a second: steps of a few widths, each for its share of it.

import type { Engine } from "../lib/engine/engine.ts";
import type { Calibration, Probe } from "../lib/playground/speed.ts";

const TOTAL_MS = 1000;
/** Of that: compilers begin with slow code, and what runs before is not counted. */
const WARM_UP_SHARE = 0.2;

export async function calibrate(engine: Engine, probes: Probe[]): Promise<Calibration> {
  const points: Calibration["points"] = [];
  for (const probe of probes) {
    const flopsPerSecond = await measure(engine, probe, TOTAL_MS / probes.length);
    points.push({ width: probe.width, flopsPerSecond });
  }
  return { engine: engine.digest, threads: engine.threads, points };
}

async function measure(
  engine: Engine,
  { options, flops, tokens }: Probe,
  ms: number,
): Promise<number> {
  const trainer = await engine.createTrainer(options);
  const { vocabSize } = options.config;
  const ids = Int32Array.from({ length: tokens }, (_, i) => i * 7 % vocabSize);
  const batch = { tokens: ids, targets: ids };
  const stepsPerMs = async (ms: number) => {
    const startMs = performance.now();
    let steps = 0;
    do {
      await trainer.trainStep(batch);
      steps++;
    } while (performance.now() - startMs < ms);
    return steps / (performance.now() - startMs);
  };
  try {
    await stepsPerMs(ms * WARM_UP_SHARE);
    return flops * 1000 * await stepsPerMs(ms * (1 - WARM_UP_SHARE));
  } finally {
    trainer.close();
  }
}
