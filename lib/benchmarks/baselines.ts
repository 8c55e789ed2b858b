// Computes the baselines of a benchmark: guessing, and byte n-grams counted by us.

import * as z from "zod";
import { concatBytes, utf8 } from "../bytes.ts";
import { findGenerator } from "../corpora/generators.ts";
import { CounterRandom, STREAM } from "../corpora/philox.ts";
import { findCorpus, trainingRange } from "../corpora/registry.ts";
import { loadSources } from "../corpora/sources.ts";
import type { ExactMath } from "../engine/engine.ts";
import { NotFoundError } from "../errors.ts";
import { sha256Hex } from "../hash.ts";
import type { Benchmark } from "./benchmark.ts";
import { createNgramModel } from "./ngram.ts";
import { NgramCounts } from "./ngram_counts.ts";
import { runBenchmarks } from "./run.ts";

export const BASELINE_ORDERS = [1, 2, 3, 4, 5, 6, 7] as const;
/** Examples of a generator that n-grams are counted in, and their seed. */
const GENERATED_ROWS = 20_000;
const GENERATED_SEED = 1;

const baselineSchema = z.object({
  benchmark: z.string(),
  version: z.int().min(1),
  dataDigest: z.string(),
  /** Where the n-grams were counted: name, bytes and their SHA-256. */
  text: z.object({ name: z.string(), byteLength: z.int(), sha256: z.string() }),
  chance: z.number(),
  ngrams: z.array(z.object({
    order: z.int().min(1),
    /** Different strings counted, up to `order` bytes long. */
    strings: z.int(),
    score: z.number(),
    interval: z.tuple([z.number(), z.number()]),
  })),
});

/** The baselines of one version of a benchmark, and what they were made of. */
export type Baselines = z.infer<typeof baselineSchema>;

/** data/baselines.json */
export const baselinesFileSchema = z.object({
  smoothing: z.literal("Witten–Bell, interpolated"),
  baselines: z.array(baselineSchema),
});

/** Bytes of a path below data/. */
type LoadData = (file: string) => Promise<Uint8Array>;

/**
 * The baselines of every benchmark that names a text. Benchmarks of one text share its counts.
 *
 * @throws {NotFoundError} when a benchmark names a text that is not registered.
 */
export async function computeBaselines(
  benchmarks: readonly Benchmark[],
  loadData: LoadData,
  { math, orders = BASELINE_ORDERS, onBenchmark }: {
    math: ExactMath;
    orders?: readonly number[];
    onBenchmark?: (benchmark: Benchmark) => void;
  },
): Promise<Baselines[]> {
  const counted = new Map<string, CountedText>();
  const all: Baselines[] = [];
  for (const benchmark of benchmarks) {
    if (!benchmark.baselines) continue;
    onBenchmark?.(benchmark);
    const key = JSON.stringify(benchmark.baselines.text);
    const text = counted.get(key) ??
      await countText(benchmark.baselines.text, Math.max(...orders), loadData);
    counted.set(key, text);
    const ngrams = [];
    for (const order of orders) {
      const model = createNgramModel(text.counts, order, math);
      const [{ result }] = await runBenchmarks(model, [benchmark], loadData, { nowMs: () => 0 });
      if (result === null) continue;
      const { score, interval } = result;
      ngrams.push({ order, strings: model.parameters, score, interval });
    }
    const { id, version, dataDigest } = benchmark;
    const { chance } = benchmark.baselines;
    all.push({ benchmark: id, version, dataDigest, text: text.source, chance, ngrams });
  }
  return all;
}

interface CountedText {
  counts: NgramCounts;
  source: Baselines["text"];
}

async function countText(
  text: NonNullable<Benchmark["baselines"]>["text"],
  order: number,
  loadData: LoadData,
): Promise<CountedText> {
  const [name, bytes] = "corpus" in text
    ? [text.corpus, await corpusText(text.corpus, loadData)]
    : [`${GENERATED_ROWS} examples of ${text.generator}`, generatedText(text)];
  const source = { name, byteLength: bytes.length, sha256: await sha256Hex(bytes) };
  return { counts: new NgramCounts(bytes, order), source };
}

/** The training range: what is held out for evaluation is not counted either. */
async function corpusText(id: string, loadData: LoadData): Promise<Uint8Array> {
  const corpus = findCorpus(id);
  if (!corpus) throw new NotFoundError(`No corpus named ${id} is registered`);
  const sources = await loadSources([{ corpus: id, sha256: corpus.sha256 }], loadData);
  return sources.get(id)!.subarray(...trainingRange(corpus));
}

/** One example a line. */
function generatedText(
  { generator: id, params }: { generator: string; params: Record<string, number> },
): Uint8Array {
  const generator = findGenerator(id, 1);
  if (!generator) throw new NotFoundError(`No generator named ${id} is registered`);
  const lines = Array.from({ length: GENERATED_ROWS }, (_, row) => {
    const random = new CounterRandom(GENERATED_SEED, { stream: STREAM.generator, step: 1, row });
    const { prompt, answer } = generator.make(random, params);
    return utf8(`${prompt}${answer}\n`);
  });
  return concatBytes(lines);
}
