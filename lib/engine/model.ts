// A model loaded for inference: weights packed once, keys and values cached. Token ids in and out.
// A "row" is one token at one position of one sequence; rows of many sequences go through together.

import { ValidationError } from "../errors.ts";
import { type ModelConfig, parameterCount } from "../format/config.ts";
import type { GenerateOptions, InferenceModel } from "./engine.ts";
import type { Crew, CrewMemory } from "./crew.ts";
import {
  type Buffers,
  type Cache,
  canSplitColumns,
  type Inference,
  type InferencePlan,
  layOutOwn,
  NARROW_ROWS,
  openInference,
  type RowsJob,
  runRows,
} from "./inference.ts";
import type { Arena } from "./kernels.ts";
import { modelPointers } from "./parameters.ts";
import { sampleToken } from "./sampling.ts";
import { assertComputable } from "./shape.ts";
import { Thread } from "./thread.ts";

/** Rows computed at once: enough to fill the matrix product, few enough for the cache. */
const CHUNK_ROWS = 512;
/** Bytes of keys and values held at once; more sequences are done in groups. */
const CACHE_BYTES = 192 * 2 ** 20;
/** Address space for the weights twice, the cache and the workspace. */
const WORKSPACE_BYTES = 320 * 2 ** 20;
/** Multiplications below which telling the other threads takes longer than they save. */
const WORTH_SHARING = 4e6;

interface Row {
  sequence: number;
  position: number;
  token: number;
}

export class WasmModel implements InferenceModel {
  readonly config: ModelConfig;
  readonly #memory: CrewMemory;
  readonly #arena: Arena;
  readonly #head: number;
  /** The host's share of a job, and the host alone. */
  readonly #run: Inference;
  readonly #alone: Inference;
  #lastTurn: Promise<void> = Promise.resolve();

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  static async load(crew: Crew, config: ModelConfig, weights: Float32Array): Promise<WasmModel> {
    assertComputable(config);
    const P = parameterCount(config);
    if (weights.length !== P) {
      throw new ValidationError(`Expected ${P} weights for this shape, got ${weights.length}`);
    }
    const memory = await crew.open(8 * P + CACHE_BYTES + WORKSPACE_BYTES);
    return new WasmModel(memory, config, weights);
  }

  private constructor(memory: CrewMemory, config: ModelConfig, weights: Float32Array) {
    this.config = config;
    this.#memory = memory;
    this.#arena = memory.thread.arena;
    const plan = this.#layOut(weights);
    this.#head = plan.head;
    memory.plan(plan);
    this.#run = openInference(memory.thread, plan);
    this.#alone = openInference(new Thread(this.#arena), plan);
  }

  #layOut(weights: Float32Array): InferencePlan {
    const { config } = this;
    const { dModel: C, dMlp: F, vocabSize: V } = config;
    const base = this.#arena.alloc4(weights.length);
    this.#arena.floats(base, weights.length).set(weights);
    const { blocks, token } = modelPointers(config, base);
    const packed = blocks.map((block) => ({
      wq: this.#pack(block.wq, C, 1, C, C),
      wk: this.#pack(block.wk, C, 1, C, C),
      wv: this.#pack(block.wv, C, 1, C, C),
      wo: this.#pack(block.wo, C, 1, C, C),
      wIn: this.#pack(block.wIn, F, 1, C, F),
      wOut: this.#pack(block.wOut, C, 1, F, C),
    }));
    const head = this.#pack(token, 1, C, C, V);
    const alloc = (bytes: number) => this.#arena.alloc(bytes);
    const scratchBytes = this.#arena.kernels.gemmScratchBytes(8, 256);
    const own = Array.from(
      { length: this.#memory.thread.count },
      () => layOutOwn(alloc, config, scratchBytes),
    );
    return { kind: "inference", config, weights: base, packed, head, own };
  }

  #pack(b: number, rs: number, cs: number, k: number, n: number): number {
    const packed = this.#arena.alloc(this.#arena.kernels.packedBytes(k, n));
    this.#arena.kernels.packB(packed, b, rs, cs, k, n);
    return packed;
  }

  /** Calls share one memory, so they take turns; each gives its part back however it ends. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(async () => {
      const mark = this.#arena.mark();
      try {
        return await work();
      } finally {
        this.#arena.release(mark);
      }
    });
    this.#lastTurn = turn.then(() => {}, () => {});
    return turn;
  }

  scoreSequences(
    sequences: readonly ArrayLike<number>[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    return this.#exclusive(() => this.#scoreSequences(sequences, signal));
  }

  async #scoreSequences(
    sequences: readonly ArrayLike<number>[],
    signal?: AbortSignal,
  ): Promise<Float32Array[]> {
    const { ctx } = this.config;
    const scores = sequences.map((sequence) => new Float32Array(Math.max(0, sequence.length - 1)));
    const groups = grouped(
      sequences.map((sequence, i) => {
        if (sequence.length > ctx + 1) {
          throw new ValidationError(
            `Expected at most ${ctx + 1} tokens in sequence ${i}, got ${sequence.length}`,
          );
        }
        return Math.max(0, sequence.length - 1);
      }),
      this.#capacity(ctx),
    );
    for (const group of groups) {
      signal?.throwIfAborted();
      await this.#scoreGroup(group.map((i) => sequences[i]), group.map((i) => scores[i]));
      await Promise.resolve();
    }
    return scores;
  }

  /** Sequences of `length` positions whose keys and values fit the cache together. */
  #capacity(length: number): number {
    const { layers, dModel } = this.config;
    return Math.max(1, Math.floor(CACHE_BYTES / (8 * layers * dModel * (length + 31))));
  }

  async #scoreGroup(sequences: ArrayLike<number>[], scores: Float32Array[]): Promise<void> {
    const rows: Row[] = [];
    const targets: number[] = [];
    sequences.forEach((tokens, sequence) => {
      for (let position = 0; position + 1 < tokens.length; position++) {
        rows.push({ sequence, position, token: tokens[position] });
        targets.push(tokens[position + 1]);
      }
    });
    const longest = Math.max(...sequences.map((tokens) => tokens.length - 1));
    if (rows.length === 0) return;
    const mark = this.#arena.mark();
    const cache = this.#allocCache(sequences.length, longest);
    const b = this.#allocBuffers(Math.min(rows.length, CHUNK_ROWS));
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      this.#arena.ints(b.targets, chunk.length).set(
        targets.slice(from, from + chunk.length).map((id) => this.#checkedId(id)),
      );
      await this.#forward(chunk, cache, b, "likelihoods");
      const nll = this.#arena.floats(b.nll, chunk.length);
      chunk.forEach((row, i) => scores[row.sequence][row.position] = nll[i]);
    }
    this.#arena.release(mark);
  }

  nextLogits(tokens: ArrayLike<number>): Promise<Float32Array> {
    return this.#exclusive(async () => {
      const text = nonEmpty(tokens, "the context");
      const decoder = this.#decoder([text], text.length);
      const [logits] = await decoder.feed([{ sequence: 0, tokens: text, from: 0 }]);
      return logits;
    });
  }

  generate(
    prompts: readonly ArrayLike<number>[],
    options: GenerateOptions,
  ): Promise<number[][]> {
    return this.#exclusive(() => this.#generate(prompts, options));
  }

  async #generate(
    prompts: readonly ArrayLike<number>[],
    options: GenerateOptions,
  ): Promise<number[][]> {
    const { ctx } = this.config;
    const outputs: number[][] = prompts.map(() => []);
    const needed = prompts.map((prompt) => Math.min(ctx, prompt.length + options.maxTokens));
    const longest = Math.max(1, ...needed);
    for (const group of grouped(needed.map(() => 1), this.#capacity(longest))) {
      await this.#generateGroup(group, longest, prompts, outputs, options);
    }
    return outputs;
  }

  async #generateGroup(
    group: number[],
    length: number,
    prompts: readonly ArrayLike<number>[],
    outputs: number[][],
    options: GenerateOptions,
  ): Promise<void> {
    const { ctx } = this.config;
    const mark = this.#arena.mark();
    const texts = group.map((i) => nonEmpty(prompts[i], `prompt ${i}`));
    const decoder = this.#decoder(texts, length);
    let live = options.maxTokens > 0 ? group.map((_, sequence) => sequence) : [];
    // Where each sequence's cache begins in its text, and how much of the text is in the cache.
    const begin = group.map(() => 0), cached = group.map(() => 0);
    while (live.length > 0) {
      options.signal?.throwIfAborted();
      const feeds = live.map((sequence) => {
        const text = texts[sequence];
        if (text.length - begin[sequence] > ctx) {
          // The window moved: every position changes, so the whole window is computed again.
          begin[sequence] = text.length - ctx;
          cached[sequence] = 0;
        }
        const from = cached[sequence];
        const tokens = text.slice(begin[sequence] + from);
        cached[sequence] = from + tokens.length;
        return { sequence, tokens, from };
      });
      const logits = await decoder.feed(feeds);
      live = live.filter((sequence, i) => {
        const row = group[sequence];
        const output = outputs[row];
        const token = sampleToken(
          logits[i],
          options,
          row,
          output.length,
          this.#arena.kernels.exp64,
        );
        output.push(token);
        texts[sequence].push(token);
        options.onToken?.(row, token);
        return output.length < options.maxTokens && !options.stop?.(row, output);
      });
      await Promise.resolve();
    }
    this.#arena.release(mark);
  }

  /** A cache for `texts.length` sequences; `feed` appends tokens and gives each last row's logits. */
  #decoder(texts: readonly ArrayLike<number>[], length: number) {
    const cache = this.#allocCache(texts.length, Math.min(length, this.config.ctx));
    const b = this.#allocBuffers(CHUNK_ROWS);
    return {
      feed: async (
        feeds: { sequence: number; tokens: number[]; from: number }[],
      ): Promise<Float32Array[]> => {
        const rows: Row[] = [];
        const last = new Set<number>();
        for (const { sequence, tokens, from } of feeds) {
          if (from + tokens.length > cache.capacity) {
            throw new ValidationError(
              `Expected at most ${cache.capacity} tokens in the context, got ${
                from + tokens.length
              }`,
            );
          }
          tokens.forEach((token, i) => rows.push({ sequence, position: from + i, token }));
          last.add(rows.length - 1);
        }
        return await this.#lastLogits(rows, last, cache, b);
      },
    };
  }

  async #lastLogits(
    rows: Row[],
    last: Set<number>,
    cache: Cache,
    b: Buffers,
  ): Promise<Float32Array[]> {
    const { vocabSize: V } = this.config;
    const results: Float32Array[] = [];
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      const wanted = chunk.map((_, i) => i).filter((i) => last.has(from + i));
      // The head is the widest product: not for the rows before the last of long prompts.
      const all = chunk.length <= NARROW_ROWS || 2 * wanted.length > chunk.length;
      await this.#forward(chunk, cache, b, all ? "logits" : "norm");
      if (!all) this.#gatherLogits(wanted, b);
      wanted.forEach((row, i) => {
        results.push(this.#arena.floats(b.logits + 4 * (all ? row : i) * V, V).slice());
      });
    }
    return results;
  }

  /** Logits of row wanted[i] into row i. */
  #gatherLogits(wanted: number[], b: Buffers): void {
    const { dModel: C, vocabSize: V } = this.config;
    wanted.forEach((row, i) => {
      if (row === i) return;
      this.#arena.floats(b.norm + 4 * i * C, C).set(this.#arena.floats(b.norm + 4 * row * C, C));
    });
    const { kernels, own: { scratch } } = this.#alone;
    kernels.gemmPacked(b.logits, V, b.norm, C, this.#head, wanted.length, V, C, scratch);
  }

  #allocCache(sequences: number, capacity: number): Cache {
    const { layers, dModel: C } = this.config;
    const ldt = Math.ceil(capacity / 32) * 32;
    return {
      keys: this.#arena.alloc4(layers * sequences * C * ldt),
      values: this.#arena.alloc4(layers * sequences * capacity * C),
      sequences,
      capacity,
      ldt,
    };
  }

  #allocBuffers(rows: number): Buffers {
    const { dModel: C, dMlp: F, vocabSize: V } = this.config;
    const alloc = (perRow: number) => this.#arena.alloc4(rows * perRow);
    return {
      ids: alloc(1),
      sequences: alloc(1),
      positions: alloc(1),
      targets: alloc(1),
      x: alloc(C),
      norm: alloc(C),
      q: alloc(C),
      k: alloc(C),
      v: alloc(C),
      o: alloc(C),
      h: alloc(F),
      act: alloc(F),
      logits: alloc(V),
      nll: alloc(1),
    };
  }

  #checkedId(id: number): number {
    if (Number.isInteger(id) && id >= 0 && id < this.config.vocabSize) return id;
    throw new ValidationError(`Expected a token id below ${this.config.vocabSize}, got ${id}`);
  }

  /** Runs `rows` through all blocks, by all threads when that pays. */
  async #forward(rows: Row[], cache: Cache, b: Buffers, want: RowsJob["want"]): Promise<void> {
    const n = rows.length;
    this.#arena.ints(b.ids, n).set(rows.map((row) => this.#checkedId(row.token)));
    this.#arena.ints(b.sequences, n).set(rows.map((row) => row.sequence));
    this.#arena.ints(b.positions, n).set(rows.map((row) => row.position));
    const job: RowsJob = { kind: "rows", n, cache, b, want };
    if (this.#isShared(n)) await this.#memory.together(job, () => runRows(this.#run, job));
    else runRows(this.#alone, job);
  }

  #isShared(rows: number): boolean {
    if (this.#run.thread.count === 1) return false;
    if (rows * parameterCount(this.config) < WORTH_SHARING) return false;
    return rows > NARROW_ROWS || canSplitColumns(this.config);
  }

  close(): void {
    this.#memory.close();
  }
}

/** @throws {ValidationError} when there is nothing to continue. */
function nonEmpty(tokens: ArrayLike<number>, what: string): number[] {
  if (tokens.length > 0) return Array.from(tokens);
  throw new ValidationError(`Expected at least one token in ${what}, got none`);
}

/** Indices in order, split so that no group has more than `most` members. */
function grouped(sizes: readonly number[], most: number): number[][] {
  const groups: number[][] = [];
  for (let i = 0; i < sizes.length; i += most) {
    groups.push(Array.from({ length: Math.min(most, sizes.length - i) }, (_, j) => i + j));
  }
  return groups;
}
