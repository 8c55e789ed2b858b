// compare: two model files on one benchmark, example by example.

import { compareOutcomes, type Comparison } from "../lib/benchmarks/compare.ts";
import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import type { Benchmark, BenchmarkResult } from "../lib/benchmarks/benchmark.ts";
import { runBenchmarks } from "../lib/benchmarks/run.ts";
import { ValidationError } from "../lib/errors.ts";
import { type Arguments, type Command, JSON_OPTION, THREADS_OPTION } from "./command.ts";
import { loadData, openEngine, readModel } from "./host.ts";
import { printJson, ProgressBar } from "./output.ts";
import { chosenBenchmark } from "./score.ts";

export const COMPARE: Command = {
  name: "compare",
  summary: "Says which of two model files is better on a benchmark, or that it is a tie.",
  operands: ["FILE", "FILE"],
  options: {
    benchmark: { type: "string", value: "ID[@VERSION]", help: "which one" },
    threads: THREADS_OPTION,
    json: JSON_OPTION,
  },
  example: "compare mine.tinygpt yours.tinygpt --benchmark sort-6",
  run: compare,
};

async function compare(args: Arguments): Promise<void> {
  const benchmark = chosenBenchmark(args.required("benchmark"));
  const engine = await openEngine(args);
  const results: BenchmarkResult[] = [];
  const bar = new ProgressBar(args.flag("json"));
  for (const [i, path] of args.positionals.entries()) {
    const file = await readModel(path);
    const inference = await engine.loadModel(file.config, file.weights);
    const model = createBenchmarkModel(inference, engine.math, file.tokenizer);
    const [{ result, incompatibleReason }] = await runBenchmarks(model, [benchmark], loadData, {
      nowMs: () => performance.now(),
      onProgress: ({ overall }) => bar.update((i + overall) / 2, benchmark.name),
    });
    inference.close();
    results.push(scored(result, path, benchmark, incompatibleReason));
  }
  bar.end();
  const [a, b] = results;
  const comparison = compareOutcomes(benchmark, a.examples, b.examples);
  const { id, version, unit } = benchmark;
  const side = ({ score, interval }: BenchmarkResult) => ({ score, interval });
  if (args.flag("json")) {
    return printJson({ benchmark: id, version, unit, a: side(a), b: side(b), comparison });
  }
  for (const [name, { score, interval }] of [["A", a], ["B", b]] as const) {
    const ends = interval.map((end) => end.toFixed(4)).join(", ");
    console.log(`${name}  ${score.toFixed(4)} ${unit}  [${ends}]`);
  }
  for (const line of inWords(comparison)) console.log(line);
}

/** @throws {ValidationError} when the model cannot be scored. */
function scored(
  result: BenchmarkResult | null,
  path: string,
  { id }: Benchmark,
  reason: string | null,
): BenchmarkResult {
  if (result) return result;
  throw new ValidationError(`${path} has no score on ${id}`, {
    expected: `a model that ${id} applies to`,
    got: reason ?? "no score",
    fix: "Compare on another benchmark.",
  });
}

function inWords(comparison: Comparison): string[] {
  const { difference, interval, unit, better } = comparison;
  const [low, high] = interval.map((end) => end.toFixed(4));
  const evidence = comparison.method === "paired bootstrap"
    ? `A is better in ${(100 * comparison.shareABetter).toFixed(1)} % of the resamples`
    : `only A right ${comparison.counts.onlyA}, only B right ${comparison.counts.onlyB}, ` +
      `p = ${comparison.pValue.toPrecision(2)}`;
  return [
    `A − B  ${difference.toFixed(4)} ${unit}  [${low}, ${high}]`,
    `${better === null ? "a tie" : `${better.toUpperCase()} is better`}: ${evidence}`,
  ];
}
