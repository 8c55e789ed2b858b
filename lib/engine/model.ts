// A model loaded for inference: scores sequences and continues prompts. Token ids in and out; where
// they go through memory is row_runner.ts.

import { ValidationError } from "../errors.ts";
import type { ModelConfig } from "../format/config.ts";
import type { Crew } from "./crew.ts";
import type { GenerateOptions, InferenceModel } from "./engine.ts";
import { type Batch, type Row, RowRunner } from "./row_runner.ts";
import { sampleToken } from "./sampling.ts";

/** New tokens of a sequence, from this position on. */
interface Feed {
  sequence: number;
  tokens: number[];
  from: number;
}

export class WasmModel implements InferenceModel {
  readonly #runner: RowRunner;
  #lastTurn: Promise<void> = Promise.resolve();

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  static async load(crew: Crew, config: ModelConfig, weights: Float32Array): Promise<WasmModel> {
    return new WasmModel(await RowRunner.open(crew, config, weights));
  }

  private constructor(runner: RowRunner) {
    this.#runner = runner;
  }

  get config(): ModelConfig {
    return this.#runner.config;
  }

  /** Calls share one memory, so they take turns. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(() => this.#runner.reserving(work));
    this.#lastTurn = turn.then(() => {}, () => {});
    return turn;
  }

  scoreSequences(
    sequences: readonly ArrayLike<number>[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    return this.#exclusive(async () => {
      const { ctx } = this.config;
      for (const [i, { length }] of sequences.entries()) {
        if (length <= ctx + 1) continue;
        throw new ValidationError(
          `Expected at most ${ctx + 1} tokens in sequence ${i}, got ${length}`,
        );
      }
      const scores: Float32Array[] = [];
      for (const group of groups(sequences, this.#runner.capacity(ctx))) {
        signal?.throwIfAborted();
        scores.push(...await this.#runner.reserving(() => this.#scoreGroup(group)));
      }
      return scores;
    });
  }

  async #scoreGroup(sequences: readonly ArrayLike<number>[]): Promise<Float32Array[]> {
    const rows: Row[] = [];
    const targets: number[] = [];
    sequences.forEach((tokens, sequence) => {
      for (let position = 0; position + 1 < tokens.length; position++) {
        rows.push({ sequence, position, token: tokens[position] });
        targets.push(tokens[position + 1]);
      }
    });
    const lengths = sequences.map((tokens) => Math.max(0, tokens.length - 1));
    const batch = this.#runner.openBatch(sequences.length, Math.max(...lengths));
    const likelihoods = await this.#runner.likelihoods(rows, targets, batch);
    let end = 0;
    return lengths.map((length) => likelihoods.slice(end, end += length));
  }

  nextLogits(tokens: ArrayLike<number>): Promise<Float32Array> {
    return this.#exclusive(async () => {
      const text = nonEmpty(tokens, "the context");
      const batch = this.#runner.openBatch(1, Math.min(text.length, this.config.ctx));
      const [logits] = await this.#feed([{ sequence: 0, tokens: text, from: 0 }], batch);
      return logits;
    });
  }

  generate(
    prompts: readonly ArrayLike<number>[],
    options: GenerateOptions,
  ): Promise<number[][]> {
    return this.#exclusive(async () => {
      const outputs: number[][] = prompts.map(() => []);
      const needed = prompts.map((prompt) => prompt.length + options.maxTokens);
      const longest = Math.min(this.config.ctx, Math.max(1, ...needed));
      for (const group of groups([...prompts.keys()], this.#runner.capacity(longest))) {
        await this.#runner.reserving(() =>
          this.#generateGroup(group, longest, prompts, outputs, options)
        );
      }
      return outputs;
    });
  }

  /** Continues the prompts numbered in `group`, all at once, into `outputs`. */
  async #generateGroup(
    group: readonly number[],
    length: number,
    prompts: readonly ArrayLike<number>[],
    outputs: number[][],
    options: GenerateOptions,
  ): Promise<void> {
    const texts = group.map((row) => new GrowingText(nonEmpty(prompts[row], `prompt ${row}`)));
    const batch = this.#runner.openBatch(group.length, length);
    let live = options.maxTokens > 0 ? [...group.keys()] : [];
    while (live.length > 0) {
      options.signal?.throwIfAborted();
      const feeds = live.map((sequence) => ({
        sequence,
        ...texts[sequence].unread(this.config.ctx),
      }));
      const logits = await this.#feed(feeds, batch);
      live = live.filter((sequence, i) => {
        const row = group[sequence], output = outputs[row];
        const exp = (x: number) => this.#runner.exp(x);
        const token = sampleToken(logits[i], options, row, output.length, exp);
        output.push(token);
        texts[sequence].push(token);
        options.onToken?.(row, token);
        return output.length < options.maxTokens && !options.stop?.(row, output);
      });
    }
  }

  /** Appends tokens to their sequences; gives the logits after each feed's last one. */
  #feed(feeds: readonly Feed[], batch: Batch): Promise<Float32Array[]> {
    const rows: Row[] = [];
    const last = new Set<number>();
    for (const { sequence, tokens, from } of feeds) {
      const length = from + tokens.length;
      if (length > batch.cache.capacity) {
        throw new ValidationError(
          `Expected at most ${batch.cache.capacity} tokens in the context, got ${length}`,
        );
      }
      tokens.forEach((token, i) => rows.push({ sequence, position: from + i, token }));
      last.add(rows.length - 1);
    }
    return this.#runner.logits(rows, last, batch);
  }

  close(): void {
    this.#runner.close();
  }
}

/** A text that grows, and how much of its window the cache holds. */
class GrowingText {
  readonly #tokens: number[];
  /** Where the window begins. */
  #begin = 0;
  #cached = 0;

  constructor(tokens: number[]) {
    this.#tokens = tokens;
  }

  push(token: number): void {
    this.#tokens.push(token);
  }

  /** What the cache lacks of the last `ctx` tokens; taken as read. */
  unread(ctx: number): { tokens: number[]; from: number } {
    if (this.#tokens.length - this.#begin > ctx) {
      // The window moved: every position changes, so the whole window is computed again.
      this.#begin = this.#tokens.length - ctx;
      this.#cached = 0;
    }
    const from = this.#cached;
    const tokens = this.#tokens.slice(this.#begin + from);
    this.#cached += tokens.length;
    return { tokens, from };
  }
}

/** @throws {ValidationError} when there is nothing to continue. */
function nonEmpty(tokens: ArrayLike<number>, what: string): number[] {
  if (tokens.length > 0) return Array.from(tokens);
  throw new ValidationError(`Expected at least one token in ${what}, got none`);
}

/** `items` in order, at most `most` at a time. */
function groups<T>(items: readonly T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  return Array.from({ length: count }, (_, i) => items.slice(i * most, (i + 1) * most));
}
