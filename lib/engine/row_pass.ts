// Sends rows through a model in chunks and collects what is wanted of them. How a chunk is computed
// is the caller's to know.

import { ValidationError } from "../errors.ts";
import type { ModelConfig } from "../format/config.ts";
import type { Buffers, Result, Step } from "./inference_run.ts";
import type { Arena } from "./kernels.ts";
import type { KeyValueCache } from "./key_value_cache.ts";
import { paddedVocab } from "./shape.ts";

/** New tokens of a sequence, from this position on. */
export interface Feed {
  sequence: number;
  tokens: ArrayLike<number>;
  from: number;
}

export class RowPass {
  readonly cache: KeyValueCache;
  readonly #arena: Arena;
  readonly #config: ModelConfig;
  readonly #b: Buffers;
  readonly #chunkRows: number;
  readonly #forward: (step: Step) => void;

  /** Buffers `b` hold `chunkRows`; `forward` computes the rows that stand in them. */
  constructor(
    arena: Arena,
    config: ModelConfig,
    cache: KeyValueCache,
    b: Buffers,
    chunkRows: number,
    forward: (step: Step) => void,
  ) {
    this.cache = cache;
    this.#arena = arena;
    this.#config = config;
    this.#b = b;
    this.#chunkRows = chunkRows;
    this.#forward = forward;
  }

  /** Negative log-likelihood in nats of every token but the first of each sequence, one after another. */
  likelihoods(sequences: readonly ArrayLike<number>[]): Float32Array {
    const feeds = sequences.map((tokens, sequence) => ({
      sequence,
      tokens: Array.from(tokens).slice(0, -1),
      from: 0,
    }));
    const targets = sequences.flatMap((tokens) => Array.from(tokens).slice(1));
    const likelihoods = new Float32Array(targets.length);
    let done = 0;
    this.#inChunks(feeds, "all", "likelihoods", (rows) => {
      const chunk = targets.slice(done, done + rows);
      this.#arena.ints(this.#b.targets, rows).set(chunk.map((id) => this.#checkedId(id)));
    }, (rows) => {
      likelihoods.set(this.#arena.floats(this.#b.nll, rows), done);
      done += rows;
    });
    return likelihoods;
  }

  /** Sends every token of a feed to the end; what is made of it is for who looks on. */
  through(feed: Feed): void {
    this.#inChunks([feed], "all", "logits", () => {}, () => {});
  }

  /** Logits, or log-probabilities in nats, after each feed's last token. */
  afterEach(feeds: readonly Feed[], result: "logits" | "logProbabilities"): Float32Array[] {
    const { vocabSize } = this.#config, V = paddedVocab(this.#config);
    const results: Float32Array[] = [];
    this.#inChunks(feeds, "last", result, () => {}, (wanted) => {
      for (let i = 0; i < wanted; i++) {
        results.push(this.#arena.floats(this.#b.logits + 4 * i * V, vocabSize).slice());
      }
    });
    return results;
  }

  /**
   * Rows of all feeds, some at a time. `before` is told how many are wanted of those about to be
   * computed, `after` the same when their results stand in the buffers.
   */
  #inChunks(
    feeds: readonly Feed[],
    wants: "all" | "last",
    result: Result,
    before: (wanted: number) => void,
    after: (wanted: number) => void,
  ): void {
    for (const { sequence, tokens, from } of feeds) {
      this.cache.reserve(sequence, from, from + tokens.length);
    }
    const b = this.#b, most = this.#chunkRows;
    const view = (pointer: number) => this.#arena.ints(pointer, most);
    const ids = view(b.ids), sequences = view(b.sequences), positions = view(b.positions);
    const wantedRows = view(b.wantedRows);
    const wantedSequences = view(b.wantedSequences), wantedPositions = view(b.wantedPositions);
    let rows = 0, wanted = 0;
    const compute = () => {
      if (rows === 0) return;
      before(wanted);
      this.#forward({ rows, wanted, result });
      after(wanted);
      rows = wanted = 0;
    };
    for (const { sequence, tokens, from } of feeds) {
      for (let i = 0; i < tokens.length; i++) {
        ids[rows] = this.#checkedId(tokens[i]);
        sequences[rows] = sequence;
        positions[rows] = from + i;
        if (wants === "all" || i === tokens.length - 1) {
          wantedRows[wanted] = rows;
          wantedSequences[wanted] = sequence;
          wantedPositions[wanted++] = from + i;
        }
        if (++rows === most) compute();
      }
    }
    compute();
  }

  #checkedId(id: number): number {
    if (Number.isInteger(id) && id >= 0 && id < this.#config.vocabSize) return id;
    throw new ValidationError(`Expected a token id below ${this.#config.vocabSize}, got ${id}`);
  }
}
