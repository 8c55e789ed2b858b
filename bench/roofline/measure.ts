// Where the time of a training step goes, against the speed of the processor itself. Runs in Deno
// and in a browser's worker alike: knows neither.
//
// Every figure is the best of many short looks, taken in turns, and that of a step the sum of the
// best of each of its calls: on a shared machine the best look is the one nobody disturbed, and
// only such looks can be set against each other.

import type { TrainerOptions } from "../../lib/engine/engine.ts";
import { Arena, type Kernels } from "../../lib/engine/kernels.ts";
import { Thread } from "../../lib/engine/thread.ts";
import { trainStep } from "../../lib/engine/training.ts";
import { openTraining } from "../../lib/engine/training_run.ts";
import { layOut, trainingBytes } from "../../lib/engine/workspace.ts";

export interface Roofline {
  /** GFLOP/s of independent multiplications and additions in registers. */
  peak: number;
  /** GFLOP/s of the products of a block's widest matrix. */
  products: Record<"forward" | "inputGradient" | "weightGradient", number>;
  /** Milliseconds of one step by one thread, by kernel: the best of each call, summed. */
  kernels: [name: string, ms: number][];
}

/** Turns of one look at the peak: about 2 ms. */
const PEAK_TURNS = 500_000;
const OPERATIONS_PER_TURN = 48;

/** Milliseconds since some moment; of this process alone where the host can tell. */
export type Clock = () => number;

/** @param looks at each figure; a look at the step is a whole step. */
export function measureRoofline(
  engine: WebAssembly.Module,
  peak: WebAssembly.Module,
  options: TrainerOptions,
  looks: number,
  clock: Clock = () => performance.now(),
): Roofline {
  const lookAtPeak = openPeak(peak, clock);
  const products = openProducts(engine, options, clock);
  const step = new TimedStep(engine, options, clock);
  const best: Roofline = {
    peak: 0,
    products: { forward: 0, inputGradient: 0, weightGradient: 0 },
    kernels: [],
  };
  for (let i = 0; i < looks; i++) {
    step.look();
    for (let j = 0; j < 20; j++) {
      best.peak = Math.max(best.peak, lookAtPeak());
      for (const [name, look] of products) {
        best.products[name] = Math.max(best.products[name], look());
      }
    }
  }
  best.kernels = step.kernels();
  return best;
}

function gigaflops(operations: number, work: () => void, clock: Clock): number {
  const startMs = clock();
  work();
  return operations / (clock() - startMs) / 1e6;
}

function openPeak(module: WebAssembly.Module, clock: Clock): () => number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  new Float32Array(memory.buffer, 0, 64).fill(1);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports.peak as (turns: number) => number;
  return () => gigaflops(OPERATIONS_PER_TURN * PEAK_TURNS, () => run(PEAK_TURNS), clock);
}

type ProductName = keyof Roofline["products"];

/** The three products of the MLP's first matrix, on 256 rows as one thread meets them. */
function openProducts(
  module: WebAssembly.Module,
  { config: { dModel: C, dMlp: F } }: TrainerOptions,
  clock: Clock,
): [ProductName, () => number][] {
  const rows = 256;
  const arena = new Arena(module, 64 * 2 ** 20);
  const { kernels } = arena;
  const x = arena.alloc4(rows * C), w = arena.alloc4(C * F), y = arena.alloc4(rows * F);
  const scratch = arena.alloc(kernels.gemmScratchBytes(F, rows));
  for (const [at, count] of [[x, rows * C], [w, C * F], [y, rows * F]]) {
    arena.floats(at, count).forEach((_, i, all) => all[i] = (i % 17 - 8) / 64);
  }
  const look = (work: () => void) => () => gigaflops(2 * rows * C * F, work, clock);
  // deno-fmt-ignore
  return [
    ["forward", look(() => kernels.gemm(y, F, x, C, 1, w, F, 1, rows, F, C, false, 0, scratch))],
    ["inputGradient", look(() => kernels.gemm(x, C, y, F, 1, w, 1, F, rows, C, F, false, 0, scratch))],
    ["weightGradient", look(() => kernels.gemm(w, F, x, 1, C, y, F, 1, C, F, rows, false, 0, scratch))],
  ];
}

/** A training step on one thread with a clock around every kernel. */
class TimedStep {
  readonly #run;
  readonly #scored: number;
  readonly #clock: Clock;
  /** Calls in the order of the step, which is always the same. */
  readonly #calls: { name: string; bestMs: number }[] = [];
  #next = 0;

  constructor(module: WebAssembly.Module, options: TrainerOptions, clock: Clock) {
    this.#clock = clock;
    const { config, batchSize } = options;
    const arena = new Arena(module, trainingBytes(options));
    const workspace = layOut((count) => arena.alloc4(count), options, 1);
    this.#scored = batchSize * config.ctx;
    const positions = arena.ints(workspace.positions, this.#scored);
    positions.forEach((_, r) => positions[r] = r % config.ctx);
    for (const at of [workspace.ids, workspace.targets]) {
      const ids = arena.ints(at, this.#scored);
      ids.forEach((_, i) => ids[i] = (i * 7919) % config.vocabSize);
    }
    const thread = new Thread(arena);
    Object.defineProperty(thread, "kernels", { value: this.#timed(arena.kernels) });
    this.#run = openTraining(thread, { kind: "training", options, workspace });
    const weights = arena.floats(workspace.weights, (workspace.grads - workspace.weights) / 4);
    weights.forEach((_, i) => weights[i] = ((i * 7919) % 101 - 50) / 1000);
  }

  look(): void {
    this.#next = 0;
    trainStep(this.#run, { kind: "train", step: 1, scored: this.#scored });
  }

  kernels(): [string, number][] {
    const sums = new Map<string, number>();
    for (const { name, bestMs } of this.#calls) sums.set(name, (sums.get(name) ?? 0) + bestMs);
    return [...sums].sort(([, a], [, b]) => b - a);
  }

  #timed(kernels: Kernels): Kernels {
    const timed = Object.entries(kernels).map(([name, kernel]) => [
      name,
      (...args: number[]) => {
        const startMs = this.#clock();
        const result = kernel(...args);
        const ms = this.#clock() - startMs;
        const call = this.#calls[this.#next++] ??= { name, bestMs: Infinity };
        call.bestMs = Math.min(call.bestMs, ms);
        return result;
      },
    ]);
    return Object.fromEntries(timed);
  }
}
