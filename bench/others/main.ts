// Trains, scores and generates with other engines from npm beside ours, each in a process of its
// own, turn by turn. `deno task bench:others [training|inference] [--quick] [--rounds N] [--shapes 1,2]`

import { parseArgs } from "node:util";
import { parameterCount } from "../../lib/format/config.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { machine, table } from "../report.ts";
import { type Shape, SHAPES, shapeText } from "../shapes.ts";
import { type InferencePlan, measureInference, PROMPT_BYTES } from "./inference.ts";
import { QUOTED_FROM, QUOTED_INFERENCE, QUOTED_TRAINING } from "./quoted.ts";
import { Rates } from "./rates.ts";
import { openSite, type Site } from "./site.ts";
import { CHECKED_STEPS, measureTraining } from "./training.ts";

/** Of the largest shape: the others keep every activation, and their memory ends at 4 GB. */
const LARGEST_BATCH = 4;

interface Plan {
  shapes: readonly Shape[];
  rounds: number;
  /** Least time of one training measurement. */
  leastMs: number;
  inference: InferencePlan | null;
}

function readPlan(): Plan {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string", default: "5" },
      shapes: { type: "string", default: SHAPES.map((_, i) => i + 1).join(",") },
    },
  });
  const shapes = values.shapes.split(",").map((number) => SHAPES[Number(number) - 1]);
  const rounds = values.quick ? 2 : Number(values.rounds), [part = "both"] = positionals;
  const valid = Number.isInteger(rounds) && rounds >= 1 && shapes.every(Boolean) &&
    positionals.length <= 1 && ["both", "training", "inference"].includes(part);
  if (!valid) {
    console.error(
      `Expected training, inference or nothing, --rounds as a whole number above 0 and --shapes ` +
        `as numbers from 1 to ${SHAPES.length}, got ${Deno.args.join(" ")}`,
    );
    Deno.exit(2);
  }
  return {
    shapes: part === "inference" ? [] : values.quick ? [SHAPES[0]] : shapes.map(fitting),
    rounds,
    leastMs: values.quick ? 500 : 4000,
    inference: part === "training"
      ? null
      : values.quick
      ? { config: SHAPES[0].config, rounds, scoredBytes: 1024, newTokens: 30 }
      : { config: SHAPES.at(-1)!.config, rounds, scoredBytes: 12 * 1024, newTokens: 200 },
  };
}

function fitting(shape: Shape): Shape {
  return shape === SHAPES.at(-1) ? { ...shape, batchSize: LARGEST_BATCH } : shape;
}

function outcomeText(outcome: number | string): string {
  return typeof outcome === "number" ? outcome.toExponential(1) : outcome;
}

async function compareTraining(site: Site, plan: Plan): Promise<void> {
  for (const shape of plan.shapes) {
    console.log(`\nTraining ${shapeText(shape)}, ${parameterCount(shape.config)} parameters\n`);
    const { rates, outcomes } = await measureTraining(site, shape, plan);
    const rows = [...outcomes].map(([name, outcome]) => [...rates.row(name), outcomeText(outcome)]);
    console.log(table([...Rates.HEAD, "loss"], rows));
  }
  if (plan.shapes.length === 0) return;
  console.log(
    `\nTokens. "loss": largest relative difference from ours in the first ${CHECKED_STEPS} steps.`,
  );
}

async function compareInference(site: Site, plan: InferencePlan): Promise<void> {
  const { config, scoredBytes, newTokens } = plan;
  const { names, scoring, generating, difference } = await measureInference(site, plan);
  console.log(`\nScoring ${scoredBytes} bytes, ${parameterCount(config)} parameters\n`);
  console.log(table(Rates.HEAD, names.map((name) => scoring.row(name))));
  console.log(`\nGreedy, one stream, prompt ${PROMPT_BYTES} + ${newTokens} tokens\n`);
  console.log(table(Rates.HEAD, names.map((name) => generating.row(name))));
  console.log(`\nSame text; likelihoods at most ${outcomeText(difference)} nats apart.`);
}

function printQuoted(): void {
  console.log(`\nQuoted, not measured here: ${QUOTED_FROM}\n`);
  console.log(table(["(ctx, layers, d, batch)", "PyTorch 2.13, tokens/s"], QUOTED_TRAINING));
  console.log(`\n${table(["", "engine", "per second"], QUOTED_INFERENCE)}`);
}

async function main(): Promise<void> {
  const plan = readPlan();
  await using site = await openSite();
  const engine = await sha256Hex(await loadEngineBinary());
  console.log(
    `${machine()}, engine ${engine.slice(0, 8)}…\nMedian (least–greatest) of ${plan.rounds} rounds`,
  );
  await compareTraining(site, plan);
  if (plan.inference) await compareInference(site, plan.inference);
  printQuoted();
  console.log(`\nAt the end: ${machine()}`);
}

if (import.meta.main) await main();
