// Perplexity per raw byte on 50 TinyStories paragraphs, each scored apart.

import * as z from "zod";
import { fromUtf8, utf8 } from "../bytes.ts";
import { IntegrityError } from "../errors.ts";
import type { Benchmark, BenchmarkModel, BenchmarkResult, RunOptions } from "./benchmark.ts";
import { perplexity } from "./perplexity.ts";
import { bytesProblem } from "./requirements.ts";

const BOOTSTRAP_SEED = 0x7199;
const fileSchema = z.object({ stories: z.array(z.string().min(1)).min(1) });

interface Version {
  version: number;
  ranked: boolean;
  description: string;
  dataFile: string;
  dataDigest: string;
}

function tinystoriesPpl(version: Version): Benchmark {
  return {
    id: "tinystories-ppl",
    name: "TinyStories perplexity",
    lowerIsBetter: true,
    unit: "perplexity per byte",
    approxSeconds: 3,
    browserTrainable: true,
    baselines: { chance: 256, text: { corpus: "tinystories-train-4m" } },
    ...version,
    evaluationTexts: (data) => readStories(data).map((text) => ({ text, leak: "passages" })),
    incompatibility: bytesProblem,
    run,
  };
}

/** 50 paragraphs of the validation split: held out, ranked. */
export const TINYSTORIES_PPL_V2 = tinystoriesPpl({
  version: 2,
  ranked: true,
  description:
    "Perplexity per byte (exp of the mean negative log-likelihood) over 50 paragraphs of the TinyStories validation split: 1 is perfect, 256 a guess.",
  dataFile: "benchmarks/tinystories-valid-eval-v2.json",
  dataDigest: "666ef923080a70fc108f3c163fc9201438399a79a6d5c616478a98220ec43244",
});

/** The older board's 50 paragraphs: in the train split, for comparison only. */
export const TINYSTORIES_PPL_V1 = tinystoriesPpl({
  version: 1,
  ranked: false,
  description:
    "The older board's 50 paragraphs. They stand in the TinyStories train split, so they are not held out; kept for comparison only.",
  dataFile: "benchmarks/tinystories-eval-v1.json",
  dataDigest: "6f720ace6f50c2d8122700b6eec322183c33a5478e651c2ada6d032f3292ffe4",
});

async function run(
  model: BenchmarkModel,
  data: Uint8Array | null,
  options: RunOptions,
): Promise<BenchmarkResult> {
  const stories = readStories(data);
  const scores = await model.scoreBytes(stories.map(utf8), options);
  const passages = stories.map((text, index) => ({ text, nats: scores[index] }));
  return perplexity(passages, model.math, BOOTSTRAP_SEED);
}

function readStories(data: Uint8Array | null): string[] {
  if (data === null) throw new IntegrityError("The paragraphs of tinystories-ppl were not loaded");
  return fileSchema.parse(JSON.parse(fromUtf8(data))).stories;
}
