// A model loaded for inference: scores sequences, continues prompts, searches. Token ids in and out;
// how they go through memory is row_runner.ts.

import { ValidationError } from "../errors.ts";
import type { ModelConfig } from "../format/config.ts";
import { assertBeamOptions, BeamSearch, lengthFactor } from "./beam_search.ts";
import type { Crew } from "./crew.ts";
import type {
  BeamOptions,
  GenerateOptions,
  Hypothesis,
  InferenceModel,
  LoadOptions,
  TraceVisitor,
} from "./engine.ts";
import { GrowingText } from "./growing_text.ts";
import type { RowPass } from "./row_pass.ts";
import { CHUNK_ROWS, RowRunner } from "./row_runner.ts";
import { sampleToken } from "./sampling.ts";

export class WasmModel implements InferenceModel {
  readonly #runner: RowRunner;
  #lastTurn: Promise<void> = Promise.resolve();

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  static async load(
    crew: Crew,
    config: ModelConfig,
    weights: Float32Array,
    { arithmetic = "exact" }: LoadOptions = {},
  ): Promise<WasmModel> {
    return new WasmModel(await RowRunner.open(crew, config, weights, arithmetic));
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
    const lengths = sequences.map((tokens) => Math.max(0, tokens.length - 1));
    const batch = this.#runner.openBatch(sequences.length, Math.max(...lengths));
    const likelihoods = await this.#runner.run(
      batch,
      sum(lengths),
      (rows) => rows.likelihoods(sequences),
    );
    let end = 0;
    return lengths.map((length) => likelihoods.slice(end, end += length));
  }

  nextLogits(tokens: ArrayLike<number>): Promise<Float32Array> {
    return this.#exclusive(async () => {
      const text = nonEmpty(tokens, "the context"), { ctx } = this.config;
      if (text.length > ctx) {
        throw new ValidationError(
          `Expected at most ${ctx} tokens in the context, got ${text.length}`,
        );
      }
      const batch = this.#runner.openBatch(1, text.length);
      const feeds = [{ sequence: 0, tokens: text, from: 0 }];
      const [logits] = await this.#runner.run(
        batch,
        text.length,
        (rows) => rows.afterEach(feeds, "logits"),
      );
      return logits;
    });
  }

  trace(tokens: ArrayLike<number>, visitor: TraceVisitor): Promise<void> {
    return this.#exclusive(async () => {
      const text = nonEmpty(tokens, "the text");
      const most = Math.min(this.config.ctx, CHUNK_ROWS);
      if (text.length > most) {
        throw new ValidationError(`Expected at most ${most} tokens to trace, got ${text.length}`);
      }
      await this.#runner.trace(text, visitor);
    });
  }

  generate(
    prompts: readonly ArrayLike<number>[],
    options: GenerateOptions,
  ): Promise<number[][]> {
    return this.#exclusive(async () => {
      const outputs: number[][] = prompts.map(() => []);
      if (options.maxTokens === 0) return outputs;
      const texts = prompts.map((prompt, row) => nonEmpty(prompt, `prompt ${row}`));
      const length = this.#longest(texts, options.maxTokens);
      for (const group of groups([...texts.keys()], this.#runner.capacity(length))) {
        await this.#runner.reserving(async () => {
          const batch = this.#runner.openBatch(group.length, length);
          const mostRows = sum(group.map((row) => Math.min(texts[row].length, this.config.ctx)));
          await this.#runner.run(batch, mostRows, (rows) => {
            this.#generateGroup(rows, group, texts, outputs, options);
          });
        });
      }
      return outputs;
    });
  }

  /** Continues the prompts numbered in `group`, all at once, into `outputs`. */
  #generateGroup(
    rows: RowPass,
    group: readonly number[],
    prompts: readonly number[][],
    outputs: number[][],
    options: GenerateOptions,
  ): void {
    const { ctx } = this.config, { exp64 } = this.#runner.math;
    const texts = group.map((row) => new GrowingText(prompts[row].slice()));
    let live = [...group.keys()];
    while (live.length > 0) {
      options.signal?.throwIfAborted();
      const feeds = live.map((sequence) => ({ sequence, ...texts[sequence].unread(ctx) }));
      const logits = rows.afterEach(feeds, "logits");
      live = live.filter((sequence, i) => {
        const row = group[sequence], output = outputs[row];
        const token = sampleToken(logits[i], options, row, output.length, exp64);
        output.push(token);
        texts[sequence].push(token);
        options.onToken?.(row, token, logits[i]);
        return output.length < options.maxTokens && !options.stop?.(row, output);
      });
    }
  }

  beamSearch(
    prompts: readonly ArrayLike<number>[],
    options: BeamOptions,
  ): Promise<Hypothesis[][]> {
    return this.#exclusive(async () => {
      assertBeamOptions(options, this.config.vocabSize);
      const texts = prompts.map((prompt, row) => nonEmpty(prompt, `prompt ${row}`));
      const length = this.#longest(texts, options.maxTokens);
      const together = Math.floor(this.#runner.capacity(length) / options.beams);
      if (together === 0) {
        throw new ValidationError(
          `Expected at most ${this.#runner.capacity(length)} beams of ${length} tokens, ` +
            `got ${options.beams}`,
          {
            fix: "Ask for fewer beams or shorter texts: keys and values of all must fit in memory.",
          },
        );
      }
      const results: Hypothesis[][] = [];
      for (const group of groups(texts, together)) {
        await this.#runner.reserving(async () => {
          const batch = this.#runner.openBatch(group.length * options.beams, length);
          const mostRows = sum(group.map((text) => Math.min(text.length, this.config.ctx)));
          const search = (rows: RowPass) => this.#searchGroup(rows, group, options);
          results.push(...await this.#runner.run(batch, mostRows, search));
        });
      }
      return results;
    });
  }

  /** Searches from all prompts at once; beam i of prompt p is sequence p·beams + i. */
  #searchGroup(rows: RowPass, prompts: readonly number[][], options: BeamOptions): Hypothesis[][] {
    const { ctx } = this.config, { beams } = options;
    const factor = lengthFactor(options.lengthPenalty ?? 1, this.#runner.math);
    const all = prompts.map((prompt, p) => ({
      search: new BeamSearch(options, factor),
      first: p * beams,
      texts: [new GrowingText(prompt.slice())],
    }));
    let live = all;
    while (live.length > 0) {
      options.signal?.throwIfAborted();
      const feeds = live.flatMap(({ first, texts }) =>
        texts.map((text, i) => ({ sequence: first + i, ...text.unread(ctx) }))
      );
      const after = rows.afterEach(feeds, "logProbabilities");
      let read = 0;
      live = live.filter((prompt) => {
        const { search, first, texts } = prompt;
        const next = search.advance(after.slice(read, read += texts.length));
        rows.cache.rearrange(first, beams, next.map(({ parent }) => parent));
        prompt.texts = next.map(({ parent, token }) => texts[parent].continued(token));
        return next.length > 0;
      });
    }
    return all.map(({ search }) => search.hypotheses);
  }

  /** Positions the cache must hold for the longest of the texts with `more` tokens. */
  #longest(texts: readonly number[][], more: number): number {
    return Math.min(this.config.ctx, Math.max(1, ...texts.map(({ length }) => length + more)));
  }

  close(): void {
    this.#runner.close();
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

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
