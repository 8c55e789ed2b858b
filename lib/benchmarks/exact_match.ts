// Greedy exact match over a list of trials: what sort-6 and reverse-16 share.

import { fromUtf8, utf8 } from "../bytes.ts";
import type { EvaluationText } from "../corpora/contamination/evaluation_text.ts";
import type { Generator, GeneratorParams } from "../corpora/generators.ts";
import { SeedRandom } from "../corpora/seed_random.ts";
import { type Trial, TRIAL_COUNT } from "../corpora/trials.ts";
import type {
  BenchmarkModel,
  BenchmarkResult,
  ExampleResult,
  RunOptions,
  SealedTwin,
} from "./benchmark.ts";
import { wilsonInterval } from "./statistics.ts";

/** White space a model may put before its answer. */
const MAX_LEADING_SPACE = 16;
/** Tab, line feed, vertical tab, form feed, carriage return, space. */
const WHITE_SPACE = new Set([9, 10, 11, 12, 13, 32]);

/**
 * Generates every answer greedily and compares its first bytes after leading white space.
 * The score is 100 · correct / trials, the interval Wilson's.
 */
export async function runExactMatch(
  model: BenchmarkModel,
  trials: readonly Trial[],
  { onProgress, signal }: RunOptions,
): Promise<BenchmarkResult> {
  const outputs = await answerAll(model, trials, { onProgress, signal });
  const examples: ExampleResult[] = trials.map(({ prompt, answer }, index) => ({
    index,
    prompt,
    expected: answer,
    output: fromUtf8(outputs[index]),
    value: matches(outputs[index], utf8(answer)) ? 1 : 0,
    weight: 1,
  }));
  onProgress?.(1);
  const correct = examples.reduce((sum, example) => sum + example.value, 0);
  const [low, high] = wilsonInterval(correct, trials.length);
  return { score: 100 * correct / trials.length, interval: [100 * low, 100 * high], examples };
}

/** Each trial with its answer, as a corpus would hold it. */
export function trialTexts(trials: readonly Trial[]): EvaluationText[] {
  return trials.map(({ prompt, answer }) => ({ text: prompt + answer, leak: "whole" }));
}

/**
 * The twin of a task whose examples a generator makes, which never makes a public one.
 *
 * @param purpose benchmark and version, `id@version`: no two tasks share their numbers.
 */
export function exactMatchTwin(
  generator: Generator,
  params: GeneratorParams,
  purpose: string,
): SealedTwin {
  return {
    trials(seed) {
      const random = new SeedRandom(seed, purpose);
      return Array.from({ length: TRIAL_COUNT }, () => generator.make(random, params));
    },
    run: runExactMatch,
  };
}

/** All answers in one batch; progress is the share of those that are decided. */
function answerAll(
  model: BenchmarkModel,
  trials: readonly Trial[],
  { onProgress, signal }: RunOptions,
): Promise<Uint8Array[]> {
  const longest = Math.max(...trials.map((trial) => trial.answer.length));
  let decided = 0;
  return model.generate(trials.map((trial) => utf8(trial.prompt)), {
    temperature: 0,
    maxBytes: longest + MAX_LEADING_SPACE,
    stop: (row, bytes) => {
      if (!isDecided(bytes, trials[row].answer.length)) return false;
      onProgress?.(++decided / trials.length);
      return true;
    },
    signal,
  });
}

/** Whether enough bytes stand there to tell, so the row need not go on. */
function isDecided(bytes: readonly number[], answerLength: number): boolean {
  const start = leadingSpace(bytes);
  return start > MAX_LEADING_SPACE || bytes.length - start >= answerLength;
}

/** Whether `output` starts with `answer` after at most MAX_LEADING_SPACE bytes of white space. */
export function matches(output: Uint8Array, answer: Uint8Array): boolean {
  const start = leadingSpace(output);
  return start <= MAX_LEADING_SPACE && output.length - start >= answer.length &&
    answer.every((byte, i) => output[start + i] === byte);
}

function leadingSpace(bytes: ArrayLike<number>): number {
  let start = 0;
  while (start < bytes.length && WHITE_SPACE.has(bytes[start])) start++;
  return start;
}
