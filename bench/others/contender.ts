// What is asked of an engine in the comparison, and how it is asked: in a browser's worker by
// messages, in a Deno process by lines of JSON. Knows no engine.

import type { ModelConfig } from "../../lib/format/config.ts";
import { tensorSpecs } from "../../lib/format/config.ts";

/** One training problem, the same for every engine. */
export interface TrainingTask {
  config: ModelConfig;
  batchSize: number;
  /** All tensors, flat, in the order of `tensorSpecs`. */
  weights: Float32Array;
  /** Row-major [batchSize, ctx], as targets. */
  tokens: Int32Array;
  targets: Int32Array;
}

/** AdamW of every engine: constant learning rate, no clipping, decay for matrices only. */
export const ADAMW = {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
} as const;

/** Variance floor of layer norm. */
export const NORM_EPSILON = 1e-5;

export interface TrainingRun {
  /** One step on the task's batch. Resolves when it is done, to the loss before it in nats. */
  step(): Promise<number>;
}

export interface InferenceTask {
  config: ModelConfig;
  weights: Float32Array;
  /** Where the same model is served as ONNX. */
  onnxUrl: string;
}

export interface InferenceRun {
  /** Negative log-likelihood in nats of every byte but the first of each window. */
  score(windows: readonly Uint8Array[]): Promise<Float32Array[]>;
  /** Greedy continuation of one stream. */
  generate(prompt: Uint8Array, tokens: number): Promise<number[]>;
}

/** An engine that takes part; it may do either or both. */
export interface Contender {
  train?(task: TrainingTask): Promise<TrainingRun>;
  infer?(task: InferenceTask): Promise<InferenceRun>;
}

/** Everything that can be asked. URLs are absolute. */
export type Question =
  | { ask: "open training"; taskUrl: string; steps: number }
  | { ask: "train"; leastMs: number }
  | { ask: "open inference"; taskUrl: string }
  | { ask: "score"; textUrl: string }
  | { ask: "generate"; textUrl: string; prompt: number; tokens: number }
  | { ask: "processor time" };

export interface Answers {
  /** Losses in nats of the first steps. */
  "open training": number[];
  train: { steps: number; elapsedMs: number };
  "open inference": null;
  score: { elapsedMs: number; nlls: number[] };
  generate: { elapsedMs: number; tokens: number[] };
  /** Seconds this process has computed, all threads together; a page cannot tell. */
  "processor time": number;
}

/** The tensors of `weights` by name. */
export function tensorsByName(
  config: ModelConfig,
  weights: Float32Array,
): Map<string, { shape: readonly number[]; decay: boolean; values: Float32Array }> {
  return new Map(
    tensorSpecs(config).map(({ name, shape, size, offset, decay }) => [
      name,
      { shape, decay, values: weights.slice(offset, offset + size) },
    ]),
  );
}

/** Offers `contender` to whoever started this worker or process. */
export function serve(contender: Contender): void {
  const answer = answerer(contender);
  if ("Deno" in globalThis) return void serveLines(answer);
  addEventListener("message", async ({ data }) => {
    postMessage(
      await answer(data).then(
        (value) => ({ value }),
        (error) => ({ error: String(error?.stack ?? error) }),
      ),
    );
  });
}

async function serveLines(answer: (question: Question) => Promise<unknown>): Promise<void> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      console.log(JSON.stringify({ value: await answer(JSON.parse(line)) }));
    }
  }
  Deno.exit(0);
}

function answerer(contender: Contender): (question: Question) => Promise<Answers[keyof Answers]> {
  let training: TrainingRun, inference: InferenceRun, config: ModelConfig;
  return async (question) => {
    switch (question.ask) {
      case "open training":
        training = await contender.train!(await fetchTrainingTask(question.taskUrl));
        return firstLosses(training, question.steps);
      case "train":
        return timeSteps(training, question.leastMs);
      case "open inference": {
        const task = await fetchInferenceTask(question.taskUrl);
        inference = await contender.infer!(task);
        config = task.config;
        return null;
      }
      case "score":
        return timeScoring(inference, await fetchBytes(question.textUrl), config.ctx);
      case "generate": {
        const prompt = (await fetchBytes(question.textUrl)).subarray(0, question.prompt);
        const startMs = performance.now();
        const tokens = await inference.generate(prompt, question.tokens);
        return { elapsedMs: performance.now() - startMs, tokens };
      }
      case "processor time": {
        const { user, system } = (await import("node:process")).cpuUsage();
        return (user + system) / 1e6;
      }
    }
  };
}

async function firstLosses(run: TrainingRun, steps: number): Promise<number[]> {
  const losses = [];
  for (let step = 0; step < steps; step++) losses.push(await run.step());
  return losses;
}

async function timeSteps(run: TrainingRun, leastMs: number): Promise<Answers["train"]> {
  const startMs = performance.now();
  let steps = 0, elapsedMs = 0;
  while (elapsedMs < leastMs) {
    await run.step();
    steps++;
    elapsedMs = performance.now() - startMs;
  }
  return { steps, elapsedMs };
}

async function timeScoring(
  run: InferenceRun,
  text: Uint8Array,
  ctx: number,
): Promise<Answers["score"]> {
  const windows = [];
  for (let start = 0; start + 1 < text.length; start += ctx) {
    windows.push(text.slice(start, start + ctx + 1));
  }
  const startMs = performance.now();
  const scored = await run.score(windows);
  const elapsedMs = performance.now() - startMs;
  return { elapsedMs, nlls: scored.flatMap((values) => [...values]) };
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function fetchTrainingTask(url: string): Promise<TrainingTask> {
  const [task, weights, tokens, targets] = await Promise.all([
    fetch(`${url}.json`).then((response) => response.json()),
    fetchBytes(`${url}.weights`),
    fetchBytes(`${url}.tokens`),
    fetchBytes(`${url}.targets`),
  ]);
  return {
    ...task,
    weights: new Float32Array(weights.buffer),
    tokens: new Int32Array(tokens.buffer),
    targets: new Int32Array(targets.buffer),
  };
}

async function fetchInferenceTask(url: string): Promise<InferenceTask> {
  const { config } = await fetch(`${url}.json`).then((response) => response.json());
  const weights = new Float32Array((await fetchBytes(`${url}.weights`)).buffer);
  return { config, weights, onnxUrl: `${url}.onnx` };
}
