// Speed of training, scoring and generation on this machine. `deno task bench [--quick] [--scoring]`
// Rounds alternate over everything measured, so that a slow minute falls on all of it alike.

import { parseArgs } from "node:util";
import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { runBenchmarks } from "../lib/benchmarks/run.ts";
import type { Batch, Engine, InferenceModel, Trainer } from "../lib/engine/engine.ts";
import { instantiateEngine } from "../lib/engine/instantiate.ts";
import { Arena } from "../lib/engine/kernels.ts";
import { parameterCount } from "../lib/format/config.ts";
import { BYTE_TOKENIZER } from "../lib/tokenizers/tokenizer.ts";
import { trainingFlops } from "../lib/verification/cost.ts";
import { spawnComputeThread } from "../workers/spawn_thread.ts";
import { loadEngineBinary } from "../wasm/load.ts";
import { machine, type Spread, spread, spreadText, table } from "./report.ts";
import { type Shape, SHAPES, shapeText } from "./shapes.ts";
import { randomBatch, randomBytes, startTrainer, stepsPerSecond } from "./training.ts";

const PROMPT_TOKENS = 32;
const NEW_TOKENS = 200;

interface Plan {
  shapes: readonly Shape[];
  /** Scored and generated from. */
  largest: Shape;
  rounds: number;
  /** False where only scoring and generation are wanted. */
  training: boolean;
  /** Least time of one training measurement. */
  trainMs: number;
}

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      scoring: { type: "boolean" },
      rounds: { type: "string", default: "5" },
    },
  });
  const training = !values.scoring;
  if (values.quick) {
    return { shapes: [SHAPES[0]], largest: SHAPES[0], rounds: 2, training, trainMs: 300 };
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error(`Expected --rounds to be a whole number above 0, got ${values.rounds}`);
    Deno.exit(2);
  }
  const largest = SHAPES.at(-1)!;
  return { shapes: training ? SHAPES : [largest], largest, rounds, training, trainMs: 4000 };
}

/** GFLOP/s of the matrix product alone, on operands that stay in the cache. */
class PeakProduct {
  readonly #m = 64;
  readonly #n = 64;
  readonly #k = 256;
  readonly #run: () => void;

  constructor(module: WebAssembly.Module) {
    const arena = new Arena(module, 16 * 2 ** 20);
    const { kernels } = arena;
    const m = this.#m, n = this.#n, k = this.#k;
    const a = arena.alloc4(m * k), b = arena.alloc4(k * n), c = arena.alloc4(m * n);
    const packed = arena.alloc(kernels.packedBytes(k, n));
    const scratch = arena.alloc(kernels.gemmScratchBytes(n, k));
    arena.floats(a, m * k).fill(0.5);
    arena.floats(b, k * n).fill(0.25);
    kernels.packB(packed, b, n, 1, k, n);
    this.#run = () => kernels.gemmPacked(c, n, a, k, packed, m, n, k, scratch);
  }

  measure(leastMs: number): number {
    const repeats = 200;
    let products = 0;
    const startMs = performance.now();
    let elapsedMs = 0;
    while (elapsedMs < leastMs) {
      for (let i = 0; i < repeats; i++) this.#run();
      products += repeats;
      elapsedMs = performance.now() - startMs;
    }
    return products * 2 * this.#m * this.#n * this.#k / elapsedMs / 1e6;
  }
}

interface TrainingRow {
  shape: Shape;
  /** One with a single thread, one with a thread per core. */
  trainers: Trainer[];
  batch: Batch;
  /** By trainer. */
  tokensPerSecond: number[][];
  gigaflops: number[];
  /** GFLOP/s over the peak measured just before. */
  ofPeak: number[];
}

async function trainingRow(engines: readonly Engine[], shape: Shape): Promise<TrainingRow> {
  return {
    shape,
    trainers: await Promise.all(engines.map((engine) => startTrainer(engine, shape))),
    batch: randomBatch(shape),
    tokensPerSecond: engines.map(() => []),
    gigaflops: [],
    ofPeak: [],
  };
}

async function measureTraining(row: TrainingRow, peak: PeakProduct, plan: Plan): Promise<number> {
  const { config, batchSize } = row.shape;
  const peakGigaflops = peak.measure(plan.trainMs / 10);
  const rates = [];
  for (const trainer of row.trainers) {
    rates.push(await stepsPerSecond(trainer, row.batch, plan.trainMs / row.trainers.length));
  }
  const [rate] = rates;
  const gigaflops = rate * trainingFlops({ steps: 1, batchSize, model: config }) / 1e9;
  rates.forEach((rate, i) => row.tokensPerSecond[i].push(rate * batchSize * config.ctx));
  row.gigaflops.push(gigaflops);
  row.ofPeak.push(gigaflops / peakGigaflops);
  return peakGigaflops;
}

/** Seconds of each benchmark, by name. */
async function measureScoring(
  engine: Engine,
  model: InferenceModel,
  seconds: Map<string, number[]>,
): Promise<void> {
  const outcomes = await runBenchmarks(
    createBenchmarkModel(model, engine.math, BYTE_TOKENIZER),
    BENCHMARKS,
    (file) => Deno.readFile(new URL(`../data/${file}`, import.meta.url)),
    { nowMs: () => performance.now() },
  );
  for (const { benchmark, version, wallMs } of outcomes) {
    const name = `${benchmark}@${version}`;
    seconds.set(name, [...seconds.get(name) ?? [], wallMs / 1000]);
  }
}

/** Greedy tokens per second of one stream, its prompt included in the time. */
async function measureGeneration(model: InferenceModel): Promise<number> {
  const startMs = performance.now();
  await model.generate([randomBytes(PROMPT_TOKENS)], { maxTokens: NEW_TOKENS, temperature: 0 });
  return 1000 * NEW_TOKENS / (performance.now() - startMs);
}

function trainingTable(rows: readonly TrainingRow[]): string {
  const head = ["(ctx, layers, d, batch)", "parameters", "tokens/s, 1 thread", "GFLOP/s"];
  head.push("of the peak", "tokens/s, all threads", "times");
  return table(
    head,
    rows.map(({ shape, tokensPerSecond, gigaflops, ofPeak }) => [
      shapeText(shape),
      String(parameterCount(shape.config)),
      spreadText(spread(tokensPerSecond[0])),
      spreadText(spread(gigaflops), 1),
      spreadText(percent(spread(ofPeak))) + " %",
      spreadText(spread(tokensPerSecond[1])),
      spreadText(spread(tokensPerSecond[1].map((all, i) => all / tokensPerSecond[0][i])), 2),
    ]),
  );
}

/** Seconds of each benchmark, and its share of a round. */
function scoringTable(scoring: ReadonlyMap<string, readonly number[]>): string {
  const rounds = [...scoring.values()];
  const share = (times: readonly number[]) =>
    times.map((time, round) => time / rounds.reduce((sum, other) => sum + other[round], 0));
  return table(
    ["benchmark", "seconds", "share"],
    [...scoring].map(([name, times]) => [
      name,
      spreadText(spread([...times]), 2),
      spreadText(percent(spread(share(times)))) + " %",
    ]),
  );
}

function percent({ median, min, max }: Spread): Spread {
  return { median: 100 * median, min: 100 * min, max: 100 * max };
}

async function main(): Promise<void> {
  const plan = readPlan();
  const binary = await loadEngineBinary(() => console.error("Building the engine …"));
  const alone = await instantiateEngine(binary);
  const threads = navigator.hardwareConcurrency;
  const engine = await instantiateEngine(binary, { threads, spawn: spawnComputeThread });
  const peak = new PeakProduct(await WebAssembly.compile(binary));
  const rows: TrainingRow[] = [];
  for (const shape of plan.shapes) rows.push(await trainingRow([alone, engine], shape));
  // Weights as a run begins with: what a model has learnt does not change its speed.
  const { config } = plan.largest;
  const model = await engine.loadModel(config, rows.at(-1)!.trainers[0].state().weights);
  const peaks: number[] = [], generation: number[] = [];
  const scoring = new Map<string, number[]>();
  console.log(`${machine()}, ${engine.threads} compute threads`);
  for (let round = 1; round <= plan.rounds; round++) {
    console.error(`round ${round} of ${plan.rounds}`);
    if (plan.training) {
      for (const row of rows) peaks.push(await measureTraining(row, peak, plan));
    }
    await measureScoring(engine, model, scoring);
    generation.push(await measureGeneration(model));
  }
  const from = `${shapeText(plan.largest)}, ${parameterCount(config)} parameters`;
  if (plan.training) {
    console.log(`\nTraining; median (least–greatest) of ${plan.rounds} rounds\n`);
    console.log(trainingTable(rows));
    console.log(`\nPeak of the 4×8 tile alone: ${spreadText(spread(peaks), 1)} GFLOP/s`);
  }
  console.log(`\nScoring ${from}\n`);
  console.log(scoringTable(scoring));
  console.log(`\nGreedy, one stream, prompt ${PROMPT_TOKENS} + ${NEW_TOKENS} tokens, ${from}: `);
  console.log(`${spreadText(spread(generation))} tokens/s`);
  engine.close();
}

if (import.meta.main) await main();
