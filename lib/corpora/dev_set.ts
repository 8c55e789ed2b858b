// Rows a run is judged by while it trains. It never trains on those of a corpus.

import { NotFoundError } from "../errors.ts";
import { createBatcher, type TokenBatch } from "./batch.ts";
import type { GeneratorParams } from "./generators.ts";
import type { Tokenizer } from "../tokenizers/tokenizer.ts";
import type { Sources } from "./sources.ts";

/** The last `bytes` bytes of a corpus' file, or `rows` examples of a generator. */
export type DevSource =
  | { corpus: string; sha256: string; bytes: number }
  | { generator: string; version: number; params: GeneratorParams; rows: number };

export interface DevSetOptions {
  dev: DevSource;
  sources: Sources;
  tokenizer: Tokenizer;
  ctx: number;
  /** The run's. */
  seed: number;
}

const UNSCORED = -1;

/** Most rows of ctx tokens the set takes: so many when every byte is a token. */
export function devRows(dev: DevSource, ctx: number): number {
  return "corpus" in dev ? Math.ceil((dev.bytes - 1) / ctx) : dev.rows;
}

/**
 * All rows of the set. Text is cut into windows one after another, each token but the first a target
 * once; the last row is filled up with tokens that are not scored. Examples are the rows of step 0,
 * which no run trains on.
 *
 * @throws {NotFoundError} when the corpus' bytes or the generator are missing.
 */
export function devSet({ dev, sources, tokenizer, ctx, seed }: DevSetOptions): TokenBatch {
  if (!("corpus" in dev)) {
    const { rows, ...generator } = dev;
    const data = [{ ...generator, weight: 1 }];
    return createBatcher({ data, sources, tokenizer, ctx, batchSize: rows, seed })(0);
  }
  const bytes = sources.get(dev.corpus);
  if (!bytes) throw new NotFoundError(`The bytes of corpus ${dev.corpus} are not at hand`);
  const text = tokenizer.encode(bytes.subarray(bytes.length - dev.bytes));
  const tokens = new Int32Array(Math.ceil((text.length - 1) / ctx) * ctx);
  const targets = new Int32Array(tokens.length).fill(UNSCORED);
  tokens.set(text.subarray(0, -1));
  targets.set(text.subarray(1));
  return { tokens, targets };
}
