// score: runs benchmarks on a model file, with the code the server and the tab run.

import type {
  Benchmark,
  BenchmarkModel,
  ExampleResult,
  SecondaryFigure,
} from "../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { runProbes } from "../lib/benchmarks/probes.ts";
import { BENCHMARKS, findBenchmark } from "../lib/benchmarks/registry.ts";
import { type Gap, twinGap } from "../lib/benchmarks/gap.ts";
import { type BenchmarkOutcome, runBenchmarks } from "../lib/benchmarks/run.ts";
import {
  parseTwinSeed,
  runTwins,
  twinCommitment,
  type TwinOutcome,
} from "../lib/benchmarks/twins.ts";
import { ARITHMETICS } from "../lib/engine/quantize.ts";
import { NotFoundError } from "../lib/errors.ts";
import { modelDigest } from "../lib/format/digest.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";
import { loadData, openModel } from "./host.ts";
import { printable, printJson, ProgressBar } from "./output.ts";

/** Width of the names of benchmarks. */
const COLUMN = 25;

export const SCORE: Command = {
  name: "score",
  summary: "Scores a model file on one benchmark or on all of them.",
  operands: ["FILE"],
  options: {
    benchmark: { type: "string", value: "ID[@VERSION]", help: "only this one (all)" },
    arithmetic: {
      type: "string",
      value: "exact|int8|int4",
      help: "how matrix products are computed (exact); the board ranks exact alone",
    },
    "twin-seed": {
      type: "string",
      value: "HEX",
      help: "a revealed seed of /twins: generated tasks on its trials, too",
    },
    examples: {
      type: "boolean",
      help: "also every example: prompt, answer, and why it is right or wrong",
    },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: "score sort.tinygpt --benchmark sort-6",
  run: score,
};

async function score(args: Arguments): Promise<void> {
  const named = args.text("benchmark");
  const wanted = named === undefined ? BENCHMARKS : [chosenBenchmark(named)];
  const seedHex = args.text("twin-seed");
  const seed = seedHex === undefined ? null : parseTwinSeed(seedHex);
  const arithmetic = args.choice("arithmetic", ARITHMETICS) ?? "exact";
  const { file, engine, model: inference } = await openModel(args.positionals[0], args, {
    arithmetic,
  });
  const probes = await runProbes(inference, engine.math);
  const bar = new ProgressBar(args.flag("json"));
  const scored = createBenchmarkModel(inference, engine.math, file.tokenizer);
  const outcomes = await runBenchmarks(
    scored,
    wanted,
    loadData,
    {
      nowMs: () => performance.now(),
      onProgress: ({ benchmark, overall }) => bar.update(overall, benchmark.name),
    },
  );
  bar.end();
  const model = {
    digest: await modelDigest(file.config, file.weights, file.tokenizer),
    parameters: file.weights.length,
  };
  const examples = args.flag("examples");
  const scores = outcomes.map((outcome, i) => scoreRow(outcome, wanted[i].unit, { examples }));
  const twins = seed === null ? null : await scoreTwins(scored, wanted, outcomes, seed);
  if (args.flag("json")) {
    const found = { model, arithmetic: `${arithmetic}/1`, probes, scores };
    return printJson(twins === null ? found : { ...found, twins });
  }
  console.log(`model ${model.digest}, ${model.parameters} parameters`);
  if (arithmetic !== "exact") console.log(`${arithmetic}/1, not to be compared with ranked scores`);
  for (const { probe, passed, detail } of probes) {
    console.log(`${`probe ${probe}`.padEnd(COLUMN)}${passed ? "passed" : `FAILED: ${detail}`}`);
  }
  for (const row of scores) printScore(row);
  if (twins !== null) printTwins(twins);
}

/** As JSON tells it: what there is none of is left out. */
function scoreRow(
  { benchmark, version, result, incompatibleReason }: BenchmarkOutcome,
  unit: Benchmark["unit"],
  { examples }: { examples: boolean },
) {
  return {
    benchmark,
    version,
    score: result?.score ?? null,
    unit,
    ...(incompatibleReason === null ? {} : { incompatible: incompatibleReason }),
    ...(result ? { interval: result.interval } : {}),
    ...(result?.secondary ? { secondary: result.secondary } : {}),
    ...(result && examples ? { examples: result.examples } : {}),
  };
}

function printScore(
  { benchmark, version, score, unit, incompatible, interval, ...more }: ReturnType<typeof scoreRow>,
): void {
  const text = score === null
    ? `does not apply: ${incompatible}`
    : figure({ value: score, unit, interval: interval! });
  console.log(`${`${benchmark}@${version}`.padEnd(COLUMN)}${text}`);
  for (const { name, ...beside } of more.secondary ?? []) {
    console.log(`${`  ${name}`.padEnd(COLUMN)}${figure(beside)}`);
  }
  for (const example of more.examples ?? []) console.log(exampleText(example, unit));
}

interface Twins {
  commitment: string;
  scores: (TwinOutcome & Gap)[];
}

/** The trials of a revealed seed, and the gap to the public ones. */
async function scoreTwins(
  model: BenchmarkModel,
  benchmarks: readonly Benchmark[],
  outcomes: readonly BenchmarkOutcome[],
  seed: Uint8Array,
): Promise<Twins> {
  const sealed = await runTwins(model, benchmarks, seed);
  const scores = sealed.map((twin) => {
    const { result } = outcomes.find(({ benchmark, version }) =>
      benchmark === twin.benchmark && version === twin.version
    )!;
    const examples = result?.examples ?? [];
    const correct = examples.filter(({ value }) => value === 1).length;
    return { ...twin, ...twinGap({ correct, trials: examples.length }, twin) };
  });
  return { commitment: await twinCommitment(seed), scores };
}

function printTwins({ commitment, scores }: Twins): void {
  console.log(`sealed twins, commitment ${commitment}`);
  for (const { benchmark, version, correct, trials, gap, interval, memorised } of scores) {
    const text = `${correct} of ${trials}, gap ${figure({ value: gap, unit: "%", interval })}`;
    const mark = memorised ? "  MEMORISED TRIALS" : "";
    console.log(`${`${benchmark}@${version}`.padEnd(COLUMN)}${text}${mark}`);
  }
}

/** One line of an example: prompt and answer quoted, then the remark. */
function exampleText(example: ExampleResult, unit: Benchmark["unit"]): string {
  const { index, prompt, output, value, note = "" } = example;
  const verdict = unit !== "%"
    ? `${value.toFixed(4)} nats per byte`
    : value === 1
    ? "right"
    : "wrong";
  const answer = unit === "%" ? ` → ${JSON.stringify(output)}` : "";
  const line = `${String(index + 1).padStart(4)}  ${verdict}  ${JSON.stringify(prompt)}${answer}`;
  return printable(`${line}  ${note}`.trimEnd());
}

function figure({ value, unit, interval }: Omit<SecondaryFigure, "name">): string {
  return `${value.toFixed(4)} ${unit}  [${interval.map((end) => end.toFixed(4)).join(", ")}]`;
}

/** The benchmark named ID or ID@VERSION. @throws {NotFoundError} listing those there are. */
export function chosenBenchmark(name: string): Benchmark {
  const [, id, version] = /^([^@]*)(?:@([1-9]\d*))?$/.exec(name) ?? [, name, "0"];
  const benchmark = findBenchmark(id, version === undefined ? undefined : Number(version));
  if (benchmark) return benchmark;
  const known = BENCHMARKS.map(({ id, version }) => `${id}@${version}`).join(", ");
  throw new NotFoundError(`There is no benchmark ${name}`, {
    expected: `one of ${known}`,
    got: name,
    fix: "Choose a known one; without @VERSION it is the ranked version.",
  });
}
