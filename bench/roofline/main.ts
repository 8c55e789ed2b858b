// Roofline of training: `deno task bench:roofline [--shape 128,6,192,12] [--looks 12] [--browser]`.

import process from "node:process";
import { parseArgs } from "node:util";
import type { TrainerOptions } from "../../lib/engine/engine.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { compileEngine } from "../../wasm/build.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { machine, table } from "../report.ts";
import { shape } from "../shapes.ts";
import { trainingOptions } from "../training.ts";
import { measureInChromium } from "./chromium.ts";
import { measureRoofline, type Roofline } from "./measure.ts";

function readOptions(): { training: TrainerOptions; looks: number; browser: boolean } {
  const { values } = parseArgs({
    options: {
      shape: { type: "string", default: "256,12,256,16" },
      looks: { type: "string", default: "6" },
      browser: { type: "boolean", default: false },
    },
  });
  const numbers = values.shape.split(",").map(Number), looks = Number(values.looks);
  if (numbers.length !== 4 || ![...numbers, looks].every((n) => Number.isInteger(n) && n > 0)) {
    console.error(
      `Expected --shape ctx,layers,d,batch and --looks as whole numbers above 0, got ` +
        `${values.shape} and ${values.looks}`,
    );
    Deno.exit(2);
  }
  const [ctx, layers, dModel, batchSize] = numbers;
  const training = trainingOptions(shape(ctx, layers, dModel, batchSize));
  return { training, looks, browser: values.browser };
}

function print(title: string, roofline: Roofline, { config, batchSize }: TrainerOptions): void {
  const { peak, products, kernels } = roofline;
  const stepMs = kernels.reduce((sum, [, ms]) => sum + ms, 0);
  const percent = (part: number) => `${(100 * part).toFixed(1)} %`;
  console.log(`\n${title}: peak of strict multiply and add ${peak.toFixed(1)} GFLOP/s\n`);
  const rows = Object.entries(products).map(([name, speed]) => [
    name,
    speed.toFixed(1),
    percent(speed / peak),
  ]);
  const flops = trainingFlops({ steps: 1, batchSize, model: { ...config, vocabSize: 256 } });
  const whole = flops / stepMs / 1e6;
  rows.push(["whole step", whole.toFixed(1), percent(whole / peak)]);
  console.log(table(["product", "GFLOP/s", "of the peak"], rows));
  console.log("");
  console.log(table(
    ["kernel", "ms of a step", "share"],
    kernels.map(([name, ms]) => [name, ms.toFixed(2), percent(ms / stepMs)]),
  ));
}

const { training, looks, browser } = readOptions();
const engine = await loadEngineBinary(() => console.error("Building the engine …"));
const peak = await compileEngine("wasm/bench/peak.ts");
console.log(machine());
const [engineModule, peakModule] = await Promise.all([
  WebAssembly.compile(engine),
  WebAssembly.compile(peak),
]);
/** Time this process has had a processor. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
print(
  "Deno",
  measureRoofline(engineModule, peakModule, training, looks, processorMs),
  training,
);
if (browser) print("Chromium", await measureInChromium(engine, peak, training, looks), training);
