// A model loaded for inference: weights packed once, keys and values cached. Token ids in and out.
// A "row" is one token at one position of one sequence; rows of many sequences go through together.

import { ValidationError } from "../errors.ts";
import { type ModelConfig, parameterCount } from "../format/config.ts";
import type { GenerateOptions, InferenceModel } from "./engine.ts";
import { Arena } from "./kernels.ts";
import { type ModelPointers, modelPointers } from "./parameters.ts";
import { sampleToken } from "./sampling.ts";
import { assertComputable, attentionScale } from "./shape.ts";

/** Rows computed at once: enough to fill the matrix product, few enough for the cache. */
const CHUNK_ROWS = 512;
/** Bytes of keys and values held at once; more sequences are done in groups. */
const CACHE_BYTES = 192 * 2 ** 20;
/** Address space for the weights twice, the cache and the workspace. */
const WORKSPACE_BYTES = 320 * 2 ** 20;

interface PackedBlock {
  wq: number;
  wk: number;
  wv: number;
  wo: number;
  wIn: number;
  wOut: number;
}

interface Row {
  sequence: number;
  position: number;
  token: number;
}

/** Keys [sequence][C][ldt] and values [sequence][capacity][C], one of each per layer. */
interface Cache {
  keys: number[];
  values: number[];
  capacity: number;
  ldt: number;
}

interface Buffers {
  ids: number; // int32 [rows], as sequences, positions, targets
  sequences: number;
  positions: number;
  targets: number;
  x: number; // [rows, C], as norm, q, k, v, o
  norm: number;
  q: number;
  k: number;
  v: number;
  o: number;
  h: number; // [rows, F]
  act: number; // [rows, F]
  logits: number; // [rows, V]
  nll: number; // [rows]
  scores: number; // [ldt]
}

export class WasmModel implements InferenceModel {
  readonly config: ModelConfig;
  readonly #arena: Arena;
  readonly #p: ModelPointers;
  readonly #packed: PackedBlock[];
  readonly #head: number;
  readonly #scratch: number;
  readonly #scale: number;
  #lastTurn: Promise<void> = Promise.resolve();

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  constructor(module: WebAssembly.Module, config: ModelConfig, weights: Float32Array) {
    assertComputable(config);
    const P = parameterCount(config);
    if (weights.length !== P) {
      throw new ValidationError(`Expected ${P} weights for this shape, got ${weights.length}`);
    }
    this.config = config;
    this.#arena = new Arena(module, 8 * P + CACHE_BYTES + WORKSPACE_BYTES);
    this.#scale = attentionScale(config);
    const { dModel: C, dMlp: F, vocabSize: V } = config;
    const base = this.#arena.alloc4(P);
    this.#arena.floats(base, P).set(weights);
    this.#p = modelPointers(config, base);
    this.#packed = this.#p.blocks.map((block) => ({
      wq: this.#pack(block.wq, C, 1, C, C),
      wk: this.#pack(block.wk, C, 1, C, C),
      wv: this.#pack(block.wv, C, 1, C, C),
      wo: this.#pack(block.wo, C, 1, C, C),
      wIn: this.#pack(block.wIn, F, 1, C, F),
      wOut: this.#pack(block.wOut, C, 1, F, C),
    }));
    this.#head = this.#pack(this.#p.token, 1, C, C, V);
    this.#scratch = this.#arena.alloc(this.#arena.kernels.gemmScratchBytes(8, 256));
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
      this.#scoreGroup(group.map((i) => sequences[i]), group.map((i) => scores[i]));
      await Promise.resolve();
    }
    return scores;
  }

  /** Sequences of `length` positions whose keys and values fit the cache together. */
  #capacity(length: number): number {
    const { layers, dModel } = this.config;
    return Math.max(1, Math.floor(CACHE_BYTES / (8 * layers * dModel * (length + 31))));
  }

  #scoreGroup(sequences: ArrayLike<number>[], scores: Float32Array[]): void {
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
    const b = this.#allocBuffers(Math.min(rows.length, CHUNK_ROWS), cache.ldt);
    const { vocabSize: V } = this.config;
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      this.#forward(chunk, cache, b);
      this.#logits(b.norm, chunk.length, b);
      this.#arena.ints(b.targets, chunk.length).set(
        targets.slice(from, from + chunk.length).map((id) => this.#checkedId(id)),
      );
      this.#arena.kernels.negativeLogLikelihood(b.nll, b.logits, b.targets, 0, chunk.length, V);
      const nll = this.#arena.floats(b.nll, chunk.length);
      chunk.forEach((row, i) => scores[row.sequence][row.position] = nll[i]);
    }
    this.#arena.release(mark);
  }

  nextLogits(tokens: ArrayLike<number>): Promise<Float32Array> {
    // deno-lint-ignore require-await -- the interface is asynchronous for threads
    return this.#exclusive(async () => {
      const text = nonEmpty(tokens, "the context");
      const decoder = this.#decoder([text], text.length);
      const [logits] = decoder.feed([{ sequence: 0, tokens: text, from: 0 }]);
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
      const logits = decoder.feed(feeds);
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
    const b = this.#allocBuffers(CHUNK_ROWS, cache.ldt);
    return {
      feed: (feeds: { sequence: number; tokens: number[]; from: number }[]): Float32Array[] => {
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
        return this.#lastLogits(rows, last, cache, b);
      },
    };
  }

  #lastLogits(rows: Row[], last: Set<number>, cache: Cache, b: Buffers): Float32Array[] {
    const { dModel: C, vocabSize: V } = this.config;
    const results: Float32Array[] = [];
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      this.#forward(chunk, cache, b);
      const wanted = chunk.map((_, i) => i).filter((i) => last.has(from + i));
      // Gather the wanted rows to the front: the head is the widest product.
      wanted.forEach((row, i) => {
        if (row === i) return;
        this.#arena.floats(b.norm + 4 * i * C, C).set(this.#arena.floats(b.norm + 4 * row * C, C));
      });
      this.#logits(b.norm, wanted.length, b);
      wanted.forEach((_, i) => results.push(this.#arena.floats(b.logits + 4 * i * V, V).slice()));
    }
    return results;
  }

  #allocCache(sequences: number, capacity: number): Cache {
    const { layers, dModel: C } = this.config;
    const ldt = Math.ceil(capacity / 32) * 32;
    const perLayer = (elements: number) =>
      Array.from({ length: layers }, () => this.#arena.alloc4(elements));
    return {
      keys: perLayer(sequences * C * ldt),
      values: perLayer(sequences * capacity * C),
      capacity,
      ldt,
    };
  }

  #allocBuffers(rows: number, ldt: number): Buffers {
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
      scores: this.#arena.alloc4(ldt),
    };
  }

  #checkedId(id: number): number {
    if (Number.isInteger(id) && id >= 0 && id < this.config.vocabSize) return id;
    throw new ValidationError(`Expected a token id below ${this.config.vocabSize}, got ${id}`);
  }

  /** Runs `rows` through all blocks; the final layer-norm's output is in `b.norm`. */
  #forward(rows: Row[], cache: Cache, b: Buffers): void {
    const n = rows.length, kernels = this.#arena.kernels;
    const { layers, dModel: C, dMlp: F } = this.config;
    this.#arena.ints(b.ids, n).set(rows.map((row) => this.#checkedId(row.token)));
    this.#arena.ints(b.sequences, n).set(rows.map((row) => row.sequence));
    this.#arena.ints(b.positions, n).set(rows.map((row) => row.position));
    kernels.embed(b.x, this.#p.token, this.#p.position, b.ids, b.positions, 0, n, C);
    for (let i = 0; i < layers; i++) {
      this.#attend(i, n, cache, b);
      const p = this.#p.blocks[i], packed = this.#packed[i];
      kernels.layerNorm(b.norm, b.x, p.ln2Gain, p.ln2Bias, 0, 0, n, C);
      kernels.gemmPacked(b.h, F, b.norm, C, packed.wIn, n, F, C, this.#scratch);
      kernels.biasGelu(b.act, b.h, p.bIn, 0, n, F);
      kernels.gemmPacked(b.norm, C, b.act, F, packed.wOut, n, C, F, this.#scratch);
      kernels.addBiasResidual(b.x, b.x, b.norm, p.bOut, 0, n, C);
    }
    kernels.layerNorm(b.norm, b.x, this.#p.lnGain, this.#p.lnBias, 0, 0, n, C);
  }

  #attend(i: number, n: number, cache: Cache, b: Buffers): void {
    const kernels = this.#arena.kernels;
    const { dModel: C, heads } = this.config;
    const p = this.#p.blocks[i], packed = this.#packed[i];
    kernels.layerNorm(b.norm, b.x, p.ln1Gain, p.ln1Bias, 0, 0, n, C);
    kernels.gemmPacked(b.q, C, b.norm, C, packed.wq, n, C, C, this.#scratch);
    kernels.gemmPacked(b.k, C, b.norm, C, packed.wk, n, C, C, this.#scratch);
    kernels.gemmPacked(b.v, C, b.norm, C, packed.wv, n, C, C, this.#scratch);
    kernels.addBias(b.q, p.bq, 0, n, C);
    kernels.addBias(b.k, p.bk, 0, n, C);
    kernels.addBias(b.v, p.bv, 0, n, C);
    const { ldt, capacity } = cache;
    const keys = cache.keys[i], values = cache.values[i];
    kernels.cacheWrite(keys, values, b.k, b.v, b.sequences, b.positions, n, C, ldt, capacity);
    // deno-fmt-ignore
    kernels.attendCached(b.o, b.q, keys, values, b.sequences, b.positions, 0, n, C, heads, ldt,
      capacity, this.#scale, b.scores);
    kernels.gemmPacked(b.norm, C, b.o, C, packed.wo, n, C, C, this.#scratch);
    kernels.addBiasResidual(b.x, b.x, b.norm, p.bo, 0, n, C);
  }

  /** logits [n, V] of n rows of `norm`. */
  #logits(norm: number, n: number, b: Buffers): void {
    const { dModel: C, vocabSize: V } = this.config;
    this.#arena.kernels.gemmPacked(b.logits, V, norm, C, this.#head, n, V, C, this.#scratch);
  }

  close(): void {
    // The memory goes with the last reference to this model.
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
