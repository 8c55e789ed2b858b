// Training with native kernels beside WebAssembly alone. `deno task bench:native [--quick]`
// Both alternate step by step on all cores; the ratio of a round is what counts on a busy machine.

import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import type { Batch, Trainer } from "../lib/engine/engine.ts";
import { loadEngineBinary } from "../wasm/load.ts";
import { NATIVE_LIBRARY } from "../workers/native_kernels.ts";
import { type OpenedEngine, openSelfTested } from "../workers/open_engine.ts";
import { type Shape, SHAPES, shapeText } from "./shapes.ts";
import { machine, spread, spreadText, table } from "./report.ts";
import { randomBatch, startTrainer } from "./training.ts";

/** Seconds of one step: on the clock, and of all processors together. */
interface Cost {
  wall: number;
  cpu: number;
}

async function stepCost(trainer: Trainer, batch: Batch): Promise<Cost> {
  const startMs = performance.now(), before = cpuUsage();
  await trainer.trainStep(batch);
  const { user, system } = cpuUsage(before);
  return { wall: (performance.now() - startMs) / 1000, cpu: (user + system) / 1e6 };
}

/** One row of the table: WebAssembly and native steps by turns. */
async function measure(engines: OpenedEngine[], shape: Shape, rounds: number): Promise<string[]> {
  const batch = randomBatch(shape), { length } = batch.tokens;
  const trainers = await Promise.all(engines.map(({ engine }) => startTrainer(engine, shape)));
  const costs: Cost[][] = engines.map(() => []);
  // The first step of each warms up.
  for (const trainer of trainers) await trainer.trainStep(batch);
  for (let round = 0; round < rounds; round++) {
    for (const [i, trainer] of trainers.entries()) costs[i].push(await stepCost(trainer, batch));
  }
  for (const trainer of trainers) trainer.close();
  const [wasm, native] = costs;
  const rate = (of: Cost[]) => spreadText(spread(of.map(({ wall }) => length / wall)));
  const ratio = (part: keyof Cost) =>
    spreadText(spread(wasm.map((cost, i) => cost[part] / native[i][part])), 2);
  return [shapeText(shape), rate(wasm), rate(native), ratio("wall"), ratio("cpu")];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string", default: "9" },
      threads: { type: "string", default: String(navigator.hardwareConcurrency) },
    },
  });
  const binary = await loadEngineBinary(() => console.error("Building the engine …"));
  const threads = Number(values.threads), say = (line: string) => console.error(line);
  const engines = await Promise.all(
    [null, NATIVE_LIBRARY].map((library) => openSelfTested(binary, { threads, library, say })),
  );
  const { native } = engines[1];
  if (native === null) Deno.exit(1);
  console.log(`${machine()}, ${engines[1].engine.threads} compute threads, native ${native}`);
  const rows: string[][] = [];
  for (const shape of values.quick ? SHAPES.slice(0, 1) : SHAPES) {
    console.error(shapeText(shape));
    rows.push(await measure(engines, shape, values.quick ? 3 : Number(values.rounds)));
  }
  const head = ["(ctx, layers, d, batch)", "tokens/s, WebAssembly", `tokens/s, ${native}`];
  console.log(`\nMedian (least–greatest) of steps by turns\n`);
  console.log(table([...head, "times, clock", "times, processors"], rows));
  for (const { engine } of engines) engine.close();
}

if (import.meta.main) await main();
