// Rows of each training step, from corpora and generators. A step never depends on earlier steps.

import { utf8 } from "../bytes.ts";
import { IntegrityError, NotFoundError } from "../errors.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import { findGenerator, type Generator, type GeneratorParams } from "./generators.ts";
import { CounterRandom, STREAM } from "./philox.ts";
import { corpusOf, trainingRange } from "./registry.ts";
import type { DataSource, Sources } from "./sources.ts";

/** Rows of one step, both [batchSize, ctx] row-major. A target below 0 is not scored. */
export interface TokenBatch {
  tokens: Int32Array;
  targets: Int32Array;
}

export interface BatcherOptions {
  data: readonly DataSource[];
  sources: Sources;
  tokenizer: Tokenizer;
  /** The last bytes of a corpus, which are not trained on. */
  heldOut?: { corpus: string; bytes: number };
  /** Tokens of a row. */
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

const NEWLINE = utf8("\n");
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
  // A recipe may name a corpus many times; its tokens are held once.
  const texts = new Map<string, Int32Array>();
  const fillers = data.map((source) => rowFiller(source, options, texts));
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

function rowFiller(
  source: DataSource,
  options: BatcherOptions,
  texts: Map<string, Int32Array>,
): RowFiller {
  if ("corpus" in source) {
    const text = texts.get(source.corpus) ?? trainingText(source.corpus, options);
    texts.set(source.corpus, text);
    return corpusFiller(text, options.ctx);
  }
  const generator = findGenerator(source.generator, source.version);
  if (!generator) {
    throw new NotFoundError(
      `No generator ${source.generator} of version ${source.version} is registered`,
    );
  }
  return generatorFiller(generator, source.params, options.tokenizer);
}

/** The tokens of a corpus' training range. */
function trainingText(
  id: string,
  { sources, tokenizer, heldOut }: BatcherOptions,
): Int32Array {
  const bytes = sources.get(id);
  const corpus = bytes && corpusOf(id, bytes);
  if (!corpus) throw new NotFoundError(`The bytes of corpus ${id} are not at hand`);
  if (bytes.length !== corpus.byteLength) {
    throw new IntegrityError(`Corpus ${id} is not the file it should be`, {
      expected: `${corpus.byteLength} bytes`,
      got: `${bytes.length} bytes`,
    });
  }
  const [start, end] = trainingRange(corpus, heldOut?.corpus === id ? heldOut.bytes : 0);
  return tokenizer.encode(bytes.subarray(start, end));
}

/** A window of ctx + 1 tokens, its offset uniform over every window of the text. */
function corpusFiller(text: Int32Array, ctx: number): RowFiller {
  return (tokens, targets, { random }) => {
    const offset = random.below(text.length - ctx);
    tokens.set(text.subarray(offset, offset + ctx));
    targets.set(text.subarray(offset + 1, offset + ctx + 1));
  };
}

/**
 * Prompt, then answer with newline, each encoded by itself as a benchmark's prompt is; padded with
 * newlines. Only answer and newline are scored.
 */
function generatorFiller(
  generator: Generator,
  params: GeneratorParams,
  tokenizer: Tokenizer,
): RowFiller {
  const [newline] = tokenizer.encode(NEWLINE);
  return (tokens, targets, { seed, step, row }) => {
    const random = new CounterRandom(seed, { stream: STREAM.generator, step, row });
    const example = generator.make(random, params);
    const prompt = tokenizer.encode(utf8(example.prompt));
    const answer = tokenizer.encode(utf8(`${example.answer}\n`));
    tokens.fill(newline);
    tokens.set(prompt);
    // The last token is a target only, never an input, when the row is exactly full.
    tokens.set(answer.subarray(0, tokens.length - prompt.length), prompt.length);
    targets.fill(UNSCORED);
    targets.set(answer, prompt.length - 1);
  };
}
