// Speed of scoring a text and of continuing one, the same weights in every engine.

import type { ModelConfig } from "../../lib/format/config.ts";
import type { Answers } from "./contender.ts";
import { onnxFile } from "./onnx_file.ts";
import { OURS, OURS_IN_DENO, Rates, withRunners } from "./rates.ts";
import type { Site } from "./site.ts";
import { bytesOf, freshWeights, TEXT } from "./task.ts";

/** Largest difference of a byte's likelihood from ours, in nats. */
const TOLERANCE = 1e-3;
export const PROMPT_BYTES = 32;

export interface InferenceResult {
  names: readonly string[];
  scoring: Rates;
  generating: Rates;
  /** Largest difference found, in nats. */
  difference: number;
}

export interface InferencePlan {
  config: ModelConfig;
  rounds: number;
  scoredBytes: number;
  /** Generated after the prompt; both fit the context. */
  newTokens: number;
}

async function putTask(site: Site, { config, scoredBytes }: InferencePlan): Promise<string> {
  const weights = await freshWeights(config);
  site.put("/inference.json", JSON.stringify({ config }));
  site.put("/inference.weights", bytesOf(weights));
  site.put("/inference.onnx", onnxFile(config, weights));
  site.put("/text", TEXT.slice(0, scoredBytes + 1));
  return `${site.url}/inference`;
}

/** @throws when an engine's likelihoods or the text it generates are not ours. */
export async function measureInference(site: Site, plan: InferencePlan): Promise<InferenceResult> {
  const { rounds, scoredBytes, newTokens } = plan;
  const taskUrl = await putTask(site, plan);
  const names = [OURS, OURS_IN_DENO, "onnxruntime-web"];
  const score = { ask: "score", textUrl: `${site.url}/text` } as const;
  const prompt = { textUrl: score.textUrl, prompt: PROMPT_BYTES };
  const generate = { ask: "generate", ...prompt, tokens: newTokens } as const;
  return withRunners(site, names, async (runners) => {
    const scores = new Map<string, Answers["score"]>();
    const made = new Map<string, Answers["generate"]>();
    for (const [name, runner] of runners) {
      await runner.ask({ ask: "open inference", taskUrl });
      scores.set(name, await runner.ask(score));
      made.set(name, await runner.ask(generate));
    }
    const difference = compare(scores, made);
    const scoring = new Rates(), generating = new Rates();
    for (let round = 1; round <= rounds; round++) {
      console.error(`round ${round} of ${rounds}`);
      for (const entry of runners) {
        await scoring.measure(entry, score, () => scoredBytes);
        await generating.measure(entry, generate, () => newTokens);
      }
    }
    return { names, scoring, generating, difference };
  });
}

function compare(
  scores: ReadonlyMap<string, Answers["score"]>,
  made: ReadonlyMap<string, Answers["generate"]>,
): number {
  const { nlls: expected } = scores.get(OURS)!, { tokens } = made.get(OURS)!;
  let difference = 0;
  for (const [name, { nlls }] of scores) {
    const largest = Math.max(...nlls.map((nll, i) => Math.abs(nll - expected[i])));
    const same = String(made.get(name)!.tokens) === String(tokens);
    // Negated, so that NaN fails.
    if (!(largest <= TOLERANCE && nlls.length === expected.length && same)) {
      const text = same ? "the same text" : "another text";
      throw new Error(`${name}: likelihoods ${largest} nats from ours, greedy gives ${text}`);
    }
    difference = Math.max(difference, largest);
  }
  return difference;
}
