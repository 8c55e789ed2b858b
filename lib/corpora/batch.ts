// Rows of each training step, from corpora and generators. A step never depends on earlier steps.

import { utf8 } from "../bytes.ts";
import { IntegrityError, NotFoundError } from "../errors.ts";
import { findGenerator, type Generator, type GeneratorParams } from "./generators.ts";
import { CounterRandom, STREAM } from "./philox.ts";
import { findCorpus } from "./registry.ts";
import type { Sources } from "./sources.ts";

/** One entry of a recipe's data list. `weight` is a positive integer share of the rows. */
export type DataSource =
  | { corpus: string; sha256: string; weight: number }
  | { generator: string; version: number; params: GeneratorParams; weight: number };

/** Rows of one step, both [batchSize, ctx] row-major. A target below 0 is not scored. */
export interface TokenBatch {
  tokens: Int32Array;
  targets: Int32Array;
}

export interface BatcherOptions {
  data: readonly DataSource[];
  sources: Sources;
  ctx: number;
  batchSize: number;
  /** Non-negative safe integer. */
  seed: number;
}

interface Place {
  seed: number;
  step: number;
  row: number;
  /** Numbers of the batch stream left for this row. */
  random: CounterRandom;
}

/** Fills one row of `ctx` tokens and targets. */
type RowFiller = (tokens: Int32Array, targets: Int32Array, place: Place) => void;

const NEWLINE = 10;
const UNSCORED = -1;

/**
 * Returns step → batch; `step` counts from 1. Row r of step s takes the numbers of Philox counter
 * (block, r, s, stream): first the source by weight, then the window's offset.
 *
 * @throws {NotFoundError} when a corpus or generator is unknown or a corpus' bytes are missing.
 * @throws {IntegrityError} when a corpus' bytes have the wrong length.
 */
export function createBatcher(options: BatcherOptions): (step: number) => TokenBatch {
  const { data, ctx, batchSize, seed } = options;
  const fillers = data.map((source) => rowFiller(source, options));
  const totalWeight = data.reduce((sum, source) => sum + source.weight, 0);
  return (step) => {
    const tokens = new Int32Array(batchSize * ctx);
    const targets = new Int32Array(batchSize * ctx);
    for (let row = 0; row < batchSize; row++) {
      const random = new CounterRandom(seed, { stream: STREAM.batch, step, row });
      const fill = fillers[chooseSource(data, random.below(totalWeight))];
      const from = row * ctx, to = from + ctx;
      fill(tokens.subarray(from, to), targets.subarray(from, to), { seed, step, row, random });
    }
    return { tokens, targets };
  };
}

function chooseSource(data: readonly DataSource[], ticket: number): number {
  let index = 0;
  while (ticket >= data[index].weight) ticket -= data[index++].weight;
  return index;
}

function rowFiller(source: DataSource, { sources, ctx }: BatcherOptions): RowFiller {
  if ("corpus" in source) return corpusFiller(source.corpus, sources, ctx);
  const generator = findGenerator(source.generator, source.version);
  if (!generator) {
    throw new NotFoundError(
      `No generator ${source.generator} of version ${source.version} is registered`,
    );
  }
  return generatorFiller(generator, source.params);
}

/** A window of ctx + 1 bytes, its offset uniform over every window of the training range. */
function corpusFiller(id: string, sources: Sources, ctx: number): RowFiller {
  const corpus = findCorpus(id);
  const bytes = sources.get(id);
  if (!corpus || !bytes) throw new NotFoundError(`The bytes of corpus ${id} are not at hand`);
  if (bytes.length !== corpus.byteLength) {
    throw new IntegrityError(`Corpus ${id} is not the file it should be`, {
      expected: `${corpus.byteLength} bytes`,
      got: `${bytes.length} bytes`,
    });
  }
  const [start, end] = corpus.trainRange;
  return (tokens, targets, { random }) => {
    const offset = start + random.below(end - start - ctx);
    tokens.set(bytes.subarray(offset, offset + ctx));
    targets.set(bytes.subarray(offset + 1, offset + ctx + 1));
  };
}

/** Prompt, answer and newline from position 0; only answer and newline are scored. */
function generatorFiller(generator: Generator, params: GeneratorParams): RowFiller {
  return (tokens, targets, { seed, step, row }) => {
    const random = new CounterRandom(seed, { stream: STREAM.generator, step, row });
    const { prompt, answer } = generator.make(random, params);
    const text = utf8(`${prompt}${answer}\n`);
    tokens.fill(NEWLINE);
    // The last newline is a target only, never an input, when the row is exactly full.
    tokens.set(text.subarray(0, tokens.length));
    targets.fill(UNSCORED);
    const firstScored = prompt.length - 1;
    targets.set(text.subarray(prompt.length), firstScored);
  };
}
