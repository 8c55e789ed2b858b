// Which of four endings is likeliest: facts and common sense of small stories.

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
import { contextProblem } from "./requirements.ts";
import { wilsonInterval } from "./statistics.ts";

const itemSchema = z.object({
  prompt: z.string().min(1),
  options: z.array(z.string().min(1)).min(2),
  /** Index of the right option. */
  answer: z.int().min(0),
  /** Counts for the score. */
  mini: z.boolean(),
});
const fileSchema = z.object({ items: z.array(itemSchema).min(1) });
type Item = z.infer<typeof itemSchema>;

/** Bytes of the longest prompt with an option of its own; a test compares it with the file. */
export const LONGEST_TEXT_BYTES = 66;

/**
 * The score counts ten items, the figure beside it all 56: 14 groups of four with the same four
 * options, each right once, so a model that does not read the prompt gets 14 of 56.
 */
export const MULTIPLE_CHOICE_MINI: Benchmark = {
  id: "multiple-choice-mini",
  version: 1,
  ranked: true,
  name: "Multiple choice mini",
  description:
    "Share of 10 questions in which the model gives the right one of four endings the highest mean log-likelihood per byte; a tie is wrong. All 56 questions are shown beside it.",
  lowerIsBetter: false,
  unit: "%",
  approxSeconds: 3,
  browserTrainable: true,
  dataFile: "benchmarks/multiple-choice.json",
  dataDigest: "6ca6d27665e7ac1056489d92ec59417f6b8db362eb0d81587ef0b158b0ba7eb5",
  evaluationTexts: (data) =>
    readItems(data).map(({ prompt, options, answer }) => ({
      text: prompt + options[answer],
      leak: "passages",
    })),
  baselines: { chance: 25, text: { corpus: "tinystories-train-4m" } },
  incompatibility: (model) => contextProblem(model, LONGEST_TEXT_BYTES),
  run,
};

async function run(
  model: BenchmarkModel,
  data: Uint8Array | null,
  options: RunOptions,
): Promise<BenchmarkResult> {
  const items = readItems(data);
  const texts = items.flatMap(({ prompt, options }) => options.map((option) => prompt + option));
  const nats = await model.scoreBytes(texts.map(utf8), options);
  let next = 0;
  const examples = items.map((item, index) => {
    const means = item.options.map((option) => meanNats(nats[next++], utf8(option).length));
    return exampleOf(item, index, means);
  });
  const mini = share(examples.filter((_, index) => items[index].mini));
  const all = share(examples);
  return {
    score: mini.value,
    interval: mini.interval,
    examples,
    secondary: [{ name: `all ${items.length} questions`, ...all, unit: "%" }],
  };
}

/**
 * Mean over the last `byteLength` bytes of a text. A token has its nats at its last byte, so one
 * that holds the prompt's end and the option's start counts for the option with all of its nats.
 */
function meanNats(nats: Float32Array, byteLength: number): number {
  let sum = 0;
  for (const value of nats.subarray(nats.length - byteLength)) sum += value;
  return sum / byteLength;
}

function exampleOf(
  { prompt, options, answer, mini }: Item,
  index: number,
  means: readonly number[],
): ExampleResult {
  const least = Math.min(...means);
  const likeliest = options.filter((_, i) => means[i] === least);
  const figures = options.map((option, i) => `${option.trim()} ${means[i].toFixed(4)}`).join(", ");
  return {
    index,
    prompt,
    expected: options[answer],
    output: likeliest.length === 1 ? likeliest[0] : "",
    value: likeliest.length === 1 && means[answer] === least ? 1 : 0,
    weight: mini ? 1 : 0,
    note: `${mini ? "Counts. " : ""}${likeliest.length > 1 ? "Tie. " : ""}` +
      `Nats per byte: ${figures}`,
  };
}

function share(examples: readonly ExampleResult[]): { value: number; interval: [number, number] } {
  const correct = examples.filter(({ value }) => value === 1).length;
  const [low, high] = wilsonInterval(correct, examples.length);
  return { value: 100 * correct / examples.length, interval: [100 * low, 100 * high] };
}

function readItems(data: Uint8Array | null): Item[] {
  if (data === null) {
    throw new IntegrityError("The questions of multiple-choice-mini were not loaded");
  }
  return fileSchema.parse(JSON.parse(fromUtf8(data))).items;
}
