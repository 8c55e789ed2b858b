// Completing small JavaScript functions: 50 tasks, greedy, a task counts when all its tests pass.

import * as z from "zod";
import { fromUtf8, utf8 } from "../bytes.ts";
import { IntegrityError } from "../errors.ts";
import type {
  Benchmark,
  BenchmarkModel,
  BenchmarkResult,
  ExampleResult,
  RunOptions,
} from "./benchmark.ts";
import type { Json } from "./javascript/program.ts";
import { contextProblem } from "./requirements.ts";
import { wilsonInterval } from "./statistics.ts";

/** Longest completion in bytes. */
export const MAX_COMPLETION_BYTES = 160;
/** Where a completion ends, itself included: a closing brace at the start of a line. */
export const STOP = "\n}";
/** Bytes of the longest prompt. The window may slide while the model writes. */
export const LONGEST_PROMPT = 62;
const STOP_BYTES = utf8(STOP);

const fileSchema = z.object({
  tasks: z.array(z.object({
    id: z.string(),
    tier: z.int(),
    prompt: z.string(),
    solution: z.string(),
    tests: z.array(z.tuple([z.array(z.json()), z.json()])).min(1),
  })).min(1),
});

export interface CodeTask {
  id: string;
  /** 1 to 3, from drill to transfer. */
  tier: number;
  prompt: string;
  /** One completion that passes. */
  solution: string;
  /** Arguments of `f` and what it has to return. */
  tests: [args: Json[], wanted: Json][];
}

export const CODE_COMPLETION_PASS: Benchmark = {
  id: "code-completion-pass",
  version: 1,
  ranked: true,
  name: "Code completion",
  description:
    "Share of 50 small JavaScript functions that the model, greedily, completes so that every test passes.",
  lowerIsBetter: false,
  unit: "%",
  approxSeconds: 4,
  browserTrainable: true,
  dataFile: "benchmarks/code-completion-tasks.json",
  dataDigest: "5153289a3e2a32ef158add75994a171c874091355e5b75666e11b4b836f7f673",
  // Words of a prompt stand in honest drills too; a prompt as a whole does not.
  evaluationTexts: (data) => readTasks(data).map(({ prompt }) => ({ text: prompt, leak: "whole" })),
  baselines: { chance: 0, text: { corpus: "code-train" } },
  incompatibility: (model) => contextProblem(model, LONGEST_PROMPT),
  run,
};

async function run(
  model: BenchmarkModel,
  data: Uint8Array | null,
  options: RunOptions,
): Promise<BenchmarkResult> {
  const tasks = readTasks(data);
  const outputs = await completeAll(model, tasks, options);
  // The parser is large: it is loaded when it is needed, and never by a page that shows scores.
  const { judge } = await import("./javascript/judge.ts");
  const examples = tasks.map(({ prompt, solution, tests }, index): ExampleResult => {
    options.signal?.throwIfAborted();
    const note = judge(prompt + outputs[index], tests);
    return {
      ...{ index, prompt, expected: solution, output: outputs[index] },
      ...{ value: note === null ? 1 : 0, weight: 1 },
      ...(note === null ? {} : { note }),
    };
  });
  options.onProgress?.(1);
  const passed = examples.reduce((sum, { value }) => sum + value, 0);
  const [low, high] = wilsonInterval(passed, tasks.length);
  return { score: 100 * passed / tasks.length, interval: [100 * low, 100 * high], examples };
}

/** @throws {IntegrityError} when there are no data. */
export function readTasks(data: Uint8Array | null): CodeTask[] {
  if (data === null) throw new IntegrityError("The tasks of code-completion-pass were not loaded");
  return fileSchema.parse(JSON.parse(fromUtf8(data))).tasks;
}

/** Every completion in one batch; progress is the share of those that ended. */
async function completeAll(
  model: BenchmarkModel,
  tasks: readonly CodeTask[],
  { onProgress, signal }: RunOptions,
): Promise<string[]> {
  let ended = 0;
  const outputs = await model.generate(tasks.map(({ prompt }) => utf8(prompt)), {
    temperature: 0,
    maxBytes: MAX_COMPLETION_BYTES,
    stop: (_row, bytes) => {
      if (endOf(bytes) === null) return false;
      onProgress?.(++ended / tasks.length);
      return true;
    },
    signal,
  });
  return outputs.map((bytes) => fromUtf8(bytes.subarray(0, endOf(bytes) ?? MAX_COMPLETION_BYTES)));
}

/** How many bytes there are up to the first STOP and with it; null when there is none. */
function endOf(bytes: ArrayLike<number>): number | null {
  for (let i = 0; i + 1 < bytes.length; i++) {
    if (bytes[i] === STOP_BYTES[0] && bytes[i + 1] === STOP_BYTES[1]) return i + 2;
  }
  return null;
}
