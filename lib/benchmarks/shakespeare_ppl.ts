// Perplexity per raw byte on 16 KiB of Shakespeare, scored as one text.

import { fromUtf8 } from "../bytes.ts";
import { IntegrityError } from "../errors.ts";
import type { Benchmark, BenchmarkModel, BenchmarkResult, RunOptions } from "./benchmark.ts";
import { type Passage, perplexity } from "./perplexity.ts";
import { bytesProblem } from "./requirements.ts";

const BOOTSTRAP_SEED = 0x5348;
const LINE_FEED = 10;

/** Bytes [1003857, 1020241) of tinyshakespeare, all but the first of which are scored. */
export const SHAKESPEARE_PPL: Benchmark = {
  id: "shakespeare-ppl",
  version: 1,
  ranked: true,
  name: "Shakespeare perplexity",
  description:
    "Perplexity per byte (exp of the mean negative log-likelihood) over 16,384 bytes of Shakespeare that no training range holds, read as one text: 1 is perfect, 256 a guess.",
  lowerIsBetter: true,
  unit: "perplexity per byte",
  approxSeconds: 4,
  browserTrainable: true,
  dataFile: "benchmarks/shakespeare-eval-16k.txt",
  dataDigest: "5460627a518529dfceec01c98da0990d9adc51505876cc011c11739745c0e4ef",
  evaluationTexts: (data) => [{ text: fromUtf8(readText(data)), leak: "passages" }],
  baselines: { chance: 256, text: { corpus: "tinyshakespeare" } },
  incompatibility: bytesProblem,
  run,
};

async function run(
  model: BenchmarkModel,
  data: Uint8Array | null,
  options: RunOptions,
): Promise<BenchmarkResult> {
  const text = readText(data);
  const [nats] = await model.scoreBytes([text], options);
  return perplexity(speeches(text, nats), model.math, BOOTSTRAP_SEED);
}

function readText(data: Uint8Array | null): Uint8Array {
  if (data !== null) return data;
  throw new IntegrityError("The text of shakespeare-ppl was not loaded");
}

/**
 * The text's speeches, each with the empty line that ends it: bytes of one speech resemble each
 * other (speaker, subject, verse or prose), as those of one story do. `nats[i]` is of byte i + 1.
 */
export function speeches(text: Uint8Array, nats: Float32Array): Passage[] {
  const passages: Passage[] = [];
  let start = 0;
  for (let end = 1; end <= text.length; end++) {
    const ended = end === text.length ||
      (text[end - 1] === LINE_FEED && text[end - 2] === LINE_FEED && text[end] !== LINE_FEED);
    if (!ended) continue;
    const scored = nats.subarray(Math.max(0, start - 1), end - 1);
    passages.push({ text: fromUtf8(text.subarray(start, end)).trimEnd(), nats: scored });
    start = end;
  }
  return passages;
}
