// What more threads bring, and what more threads than cores cost: `deno task bench:threads`.
// Short looks in turns; each is set against the look of one thread just before it.

import { parseArgs } from "node:util";
import { instantiateEngine } from "../lib/engine/instantiate.ts";
import { spawnComputeThread } from "../workers/spawn_thread.ts";
import { loadEngineBinary } from "../wasm/load.ts";
import { machine, spread, spreadText, table } from "./report.ts";
import { SHAPES, shapeText } from "./shapes.ts";
import { randomBatch, startTrainer, stepsPerSecond } from "./training.ts";

const THREADS = [1, 2, 3, 4];
const LOOK_MS = 500;

const { values } = parseArgs({ options: { rounds: { type: "string", default: "7" } } });
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  console.error(`Expected --rounds to be a whole number above 0, got ${values.rounds}`);
  Deno.exit(2);
}
const binary = await loadEngineBinary(() => console.error("Building the engine …"));
const engines = await Promise.all(
  THREADS.map((threads) => instantiateEngine(binary, { threads, spawn: spawnComputeThread })),
);
console.log(machine());
const rows: string[][] = [];
for (const shape of SHAPES) {
  const batch = randomBatch(shape);
  const trainers = await Promise.all(engines.map((engine) => startTrainer(engine, shape)));
  const ratios: number[][] = THREADS.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const rates: number[] = [];
    for (const trainer of trainers) rates.push(await stepsPerSecond(trainer, batch, LOOK_MS));
    rates.forEach((rate, i) => ratios[i].push(rate / rates[0]));
  }
  trainers.forEach((trainer) => trainer.close());
  const times = ratios.slice(1).map((ratio) => spreadText(spread(ratio), 2));
  rows.push([shapeText(shape), ...times]);
}
const head = THREADS.slice(1).map((threads) => `${threads} threads`);
console.log(`\nSpeed as a multiple of one thread; median (least–greatest) of ${rounds} rounds\n`);
console.log(table(["(ctx, layers, d, batch)", ...head], rows));
engines.forEach((engine) => engine.close());
