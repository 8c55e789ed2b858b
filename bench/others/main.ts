// Trains, scores and generates with other engines from npm beside ours, each in a process of its
// own, turn by turn. `deno task bench:others [--quick] [--rounds N] [--shapes 1,2]`

import { parseArgs } from "node:util";
import { instantiateEngine } from "../../lib/engine/instantiate.ts";
import { parameterCount } from "../../lib/format/config.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { machine, spread, spreadText, table } from "../report.ts";
import { type Shape, SHAPES, shapeText } from "../shapes.ts";
import { ADAMW, type Answers } from "./contender.ts";
import { onnxFile } from "./onnx_file.ts";
import { QUOTED_FROM, QUOTED_INFERENCE, QUOTED_TRAINING } from "./quoted.ts";
import { inChromium, inDeno, type Runner } from "./runner.ts";
import { openSite, type Site } from "./site.ts";

/** Of the largest shape: the others keep every activation, and their memory ends at 4 GB. */
const LARGEST_BATCH = 4;
/** Losses that have to agree, from the same weights on the same batch. */
const CHECKED_STEPS = 4;
/** Largest difference of losses, relative, and of likelihoods, in nats. */
const TOLERANCE = 1e-3;
const SCORED_BYTES = 12 * 1024;
const PROMPT_BYTES = 32;

const TEXT = await Deno.readFile(
  new URL("../../data/corpora/tinystories-train-4m.txt", import.meta.url),
);

interface Plan {
  shapes: readonly Shape[];
  rounds: number;
  /** Least time of one training measurement. */
  trainMs: number;
  /** Scored and generated from. */
  inference: Shape;
  /** Generated after the prompt; both fit the context. */
  newTokens: number;
}

/** Ours in a browser: what every other is compared with. */
const OURS = "ours";
const OURS_IN_DENO = "ours, Deno";

function readPlan(): Plan {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean" },
      rounds: { type: "string", default: "5" },
      shapes: { type: "string", default: SHAPES.map((_, i) => i + 1).join(",") },
    },
  });
  const chosen = values.shapes.split(",").map((number) => SHAPES[Number(number) - 1]);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || chosen.includes(undefined!)) {
    console.error(
      `Expected --rounds to be a whole number above 0 and --shapes a list of 1 to ` +
        `${SHAPES.length}, got ${values.rounds} and ${values.shapes}`,
    );
    Deno.exit(2);
  }
  if (values.quick) {
    const [smallest] = SHAPES;
    return { shapes: [smallest], rounds: 2, trainMs: 500, inference: smallest, newTokens: 30 };
  }
  const largest = SHAPES.at(-1)!;
  const shapes = chosen.map((shape) =>
    shape === largest ? { ...largest, batchSize: LARGEST_BATCH } : shape
  );
  return { shapes, rounds, trainMs: 4000, inference: largest, newTokens: 200 };
}

/** Weights as a run begins with: what a model has learnt does not change its speed. */
async function freshWeights({ config }: Shape): Promise<Float32Array> {
  const engine = await instantiateEngine(await loadEngineBinary());
  const schedule = { name: "constant" as const, warmupSteps: 0, minLearningRate: 0 };
  const optimizer = { ...ADAMW, gradClip: 0, schedule };
  const options = { config, batchSize: 1, optimizer, steps: 1, seed: 1 };
  const trainer = await engine.createTrainer(options);
  const { weights } = trainer.state();
  trainer.close();
  engine.close();
  return weights;
}

function bytesOf(values: Float32Array | Int32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.slice().buffer);
}

/** Serves one training problem. @returns its URL, to which each part's ending is added. */
async function putTrainingTask(site: Site, { config, batchSize }: Shape): Promise<string> {
  const { ctx } = config;
  const row = (from: number) => [...TEXT.subarray(from, from + ctx)];
  const rows = Array.from({ length: batchSize }, (_, i) => i * (ctx + 1));
  const tokens = Int32Array.from(rows.flatMap((from) => row(from)));
  const targets = Int32Array.from(rows.flatMap((from) => row(from + 1)));
  site.put("/training.json", JSON.stringify({ config, batchSize }));
  site.put("/training.weights", bytesOf(await freshWeights({ config, batchSize })));
  site.put("/training.tokens", bytesOf(tokens));
  site.put("/training.targets", bytesOf(targets));
  return `${site.url}/training`;
}

async function putInferenceTask(site: Site, shape: Shape): Promise<string> {
  const weights = await freshWeights(shape);
  site.put("/inference.json", JSON.stringify({ config: shape.config }));
  site.put("/inference.weights", bytesOf(weights));
  site.put("/inference.onnx", onnxFile(shape.config, weights));
  site.put("/text", TEXT.slice(0, SCORED_BYTES + 1));
  return `${site.url}/inference`;
}

/** Starts an engine of each name and ends them all after `use`. */
async function withRunners<T>(
  site: Site,
  names: readonly string[],
  use: (runners: Map<string, Runner>) => Promise<T>,
): Promise<T> {
  await using stack = new AsyncDisposableStack();
  const runners = new Map<string, Runner>();
  for (const name of names) {
    const runner = name === OURS_IN_DENO
      ? inDeno("ours.ts")
      : await inChromium(`${site.url}/?/${name}.js`);
    runners.set(name, stack.use(runner));
  }
  return await use(runners);
}

/** Measurements of every engine by name, one per round. */
type Rates = Map<string, number[]>;

interface TrainingResult {
  shape: Shape;
  tokensPerSecond: Rates;
  /** Largest relative difference from our losses, by engine. */
  difference: Map<string, number>;
}

async function measureTraining(site: Site, shape: Shape, plan: Plan): Promise<TrainingResult> {
  const taskUrl = await putTrainingTask(site, shape);
  return withRunners(site, [OURS, OURS_IN_DENO, "jax-js", "tfjs"], async (runners) => {
    const losses = new Map<string, number[]>();
    for (const [name, runner] of runners) {
      losses.set(name, await runner.ask({ ask: "open training", taskUrl, steps: CHECKED_STEPS }));
    }
    const difference = compareLosses(losses);
    const tokensPerSecond: Rates = new Map([...runners.keys()].map((name) => [name, []]));
    for (let round = 1; round <= plan.rounds; round++) {
      console.error(`training ${shapeText(shape)}, round ${round} of ${plan.rounds}`);
      for (const [name, runner] of runners) {
        const { steps, elapsedMs } = await runner.ask({ ask: "train", leastMs: plan.trainMs });
        const tokens = steps * shape.batchSize * shape.config.ctx;
        tokensPerSecond.get(name)!.push(1000 * tokens / elapsedMs);
      }
    }
    return { shape, tokensPerSecond, difference };
  });
}

/** @throws when an engine does not compute what ours does, or its loss does not fall. */
function compareLosses(losses: ReadonlyMap<string, readonly number[]>): Map<string, number> {
  const expected = losses.get(OURS)!;
  const difference = new Map<string, number>();
  for (const [name, got] of losses) {
    const largest = Math.max(...got.map((loss, i) => Math.abs(loss / expected[i] - 1)));
    // Negated, so that NaN fails.
    if (!(largest <= TOLERANCE && got.at(-1)! < got[0])) {
      throw new Error(`Losses of ${name}: expected about ${expected}, got ${got}`);
    }
    difference.set(name, largest);
  }
  return difference;
}

interface InferenceResult {
  bytesPerSecond: Rates;
  tokensPerSecond: Rates;
  /** Largest difference of a byte's likelihood, in nats. */
  difference: number;
}

async function measureInference(site: Site, plan: Plan): Promise<InferenceResult> {
  const taskUrl = await putInferenceTask(site, plan.inference);
  const textUrl = `${site.url}/text`;
  const names = [OURS, OURS_IN_DENO, "onnxruntime-web"];
  return withRunners(site, names, async (runners) => {
    const tokens = plan.newTokens;
    const generate = { ask: "generate", textUrl, prompt: PROMPT_BYTES, tokens } as const;
    const scores = new Map<string, Answers["score"]>();
    const made = new Map<string, Answers["generate"]>();
    for (const [name, runner] of runners) {
      await runner.ask({ ask: "open inference", taskUrl });
      scores.set(name, await runner.ask({ ask: "score", textUrl }));
      made.set(name, await runner.ask(generate));
    }
    const difference = compareInference(scores, made);
    const bytesPerSecond: Rates = new Map(names.map((name) => [name, []]));
    const tokensPerSecond: Rates = new Map(names.map((name) => [name, []]));
    for (let round = 1; round <= plan.rounds; round++) {
      console.error(`inference, round ${round} of ${plan.rounds}`);
      for (const [name, runner] of runners) {
        const { elapsedMs } = await runner.ask({ ask: "score", textUrl });
        bytesPerSecond.get(name)!.push(1000 * SCORED_BYTES / elapsedMs);
        const { elapsedMs: generateMs } = await runner.ask(generate);
        tokensPerSecond.get(name)!.push(1000 * tokens / generateMs);
      }
    }
    return { bytesPerSecond, tokensPerSecond, difference };
  });
}

/** @throws when likelihoods or the tokens generated differ from ours. */
function compareInference(
  scores: ReadonlyMap<string, Answers["score"]>,
  made: ReadonlyMap<string, Answers["generate"]>,
): number {
  const { nlls: expected } = scores.get(OURS)!, { tokens } = made.get(OURS)!;
  let difference = 0;
  for (const [name, { nlls }] of scores) {
    const largest = Math.max(...nlls.map((nll, i) => Math.abs(nll - expected[i])));
    const same = String(made.get(name)!.tokens) === String(tokens);
    if (!(largest <= TOLERANCE && nlls.length === expected.length && same)) {
      const text = same ? "the same text" : "another text";
      throw new Error(`${name}: likelihoods ${largest} nats from ours, greedy gives ${text}`);
    }
    difference = Math.max(difference, largest);
  }
  return difference;
}

/** One line per engine: its speed, and how many times as fast ours in the browser is. */
function ratesRows(what: string, rates: Rates): string[][] {
  const ours = rates.get(OURS)!;
  return [...rates].map(([name, values]) => [
    what,
    name,
    spreadText(spread(values)),
    name === OURS ? "1" : spreadText(spread(values.map((value, i) => ours[i] / value)), 2),
  ]);
}

function scientific(value: number): string {
  return value.toExponential(1);
}

function printTraining(results: readonly TrainingResult[], rounds: number): void {
  console.log(`\nTraining, tokens/s; median (least–greatest) of ${rounds} rounds\n`);
  const rows = results.flatMap(({ shape, tokensPerSecond, difference }) =>
    ratesRows(shapeText(shape), tokensPerSecond)
      .map((row) => [...row, scientific(difference.get(row[1])!)])
  );
  console.log(table(["(ctx, layers, d, batch)", "engine", "tokens/s", "ours / it", "loss"], rows));
  console.log(
    `\n"loss": largest relative difference from our loss in the first ${CHECKED_STEPS} steps.`,
  );
}

function printInference({ inference, newTokens }: Plan, result: InferenceResult): void {
  const { bytesPerSecond, tokensPerSecond, difference } = result;
  console.log(`\nScoring and generating, ${parameterCount(inference.config)} parameters\n`);
  console.log(table(["", "engine", "per second", "ours / it"], [
    ...ratesRows(`scoring ${SCORED_BYTES} bytes, bytes/s`, bytesPerSecond),
    ...ratesRows(`greedy, ${PROMPT_BYTES} + ${newTokens}, tokens/s`, tokensPerSecond),
  ]));
  console.log(`\nSame text; likelihoods at most ${scientific(difference)} nats apart.`);
}

function printQuoted(): void {
  console.log(`\nQuoted, not measured here: ${QUOTED_FROM}\n`);
  console.log(
    table(["(ctx, layers, d, batch)", "PyTorch 2.13 (AVX-512), tokens/s"], QUOTED_TRAINING),
  );
  console.log();
  console.log(table(["", "engine", "per second"], QUOTED_INFERENCE));
}

async function main(): Promise<void> {
  const plan = readPlan();
  await using site = await openSite();
  console.log(machine());
  const training: TrainingResult[] = [];
  for (const shape of plan.shapes) training.push(await measureTraining(site, shape, plan));
  printTraining(training, plan.rounds);
  printInference(plan, await measureInference(site, plan));
  printQuoted();
}

if (import.meta.main) await main();
