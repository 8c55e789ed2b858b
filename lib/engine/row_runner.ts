// Runs rows of tokens through a model in memory: weights packed once, keys and values cached. A
// "row" is one token at one position of one sequence; rows of many sequences go through together.

import { ValidationError } from "../errors.ts";
import { type ModelConfig, parameterCount } from "../format/config.ts";
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

export interface Row {
  sequence: number;
  position: number;
  token: number;
}

/** Memory for some sequences: what is cached of them, and room for rows on their way. */
export interface Batch {
  cache: Cache;
  buffers: Buffers;
}

export class RowRunner {
  readonly config: ModelConfig;
  readonly #memory: CrewMemory;
  readonly #arena: Arena;
  readonly #head: number;
  /** The host's share of a job, and the host alone. */
  readonly #run: Inference;
  readonly #alone: Inference;

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  static async open(crew: Crew, config: ModelConfig, weights: Float32Array): Promise<RowRunner> {
    assertComputable(config);
    const P = parameterCount(config);
    if (weights.length !== P) {
      throw new ValidationError(`Expected ${P} weights for this shape, got ${weights.length}`);
    }
    const memory = await crew.open(8 * P + CACHE_BYTES + WORKSPACE_BYTES);
    return new RowRunner(memory, config, weights);
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

  /** exp in binary64, of the engine. */
  exp(x: number): number {
    return this.#arena.kernels.exp64(x);
  }

  /** Gives back whatever `work` reserves, however it ends. */
  async reserving<T>(work: () => Promise<T>): Promise<T> {
    const mark = this.#arena.mark();
    try {
      return await work();
    } finally {
      this.#arena.release(mark);
    }
  }

  /** Sequences of `length` positions whose keys and values fit the cache together. */
  capacity(length: number): number {
    const { layers, dModel } = this.config;
    return Math.max(1, Math.floor(CACHE_BYTES / (8 * layers * dModel * (length + 31))));
  }

  /** Reserves memory for sequences of up to `length` positions. */
  openBatch(sequences: number, length: number): Batch {
    return { cache: this.#allocCache(sequences, length), buffers: this.#allocBuffers(CHUNK_ROWS) };
  }

  /** Negative log-likelihood in nats of targets[i] after rows[i]. */
  async likelihoods(rows: Row[], targets: number[], batch: Batch): Promise<Float32Array> {
    const { buffers: b } = batch;
    const likelihoods = new Float32Array(rows.length);
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      this.#arena.ints(b.targets, chunk.length).set(
        targets.slice(from, from + chunk.length).map((id) => this.#checkedId(id)),
      );
      await this.#forward(chunk, batch, "likelihoods");
      likelihoods.set(this.#arena.floats(b.nll, chunk.length), from);
    }
    return likelihoods;
  }

  /** Logits after each row whose index is in `wantedRows`, in order. */
  async logits(rows: Row[], wantedRows: Set<number>, batch: Batch): Promise<Float32Array[]> {
    const { vocabSize: V } = this.config;
    const { buffers: b } = batch;
    const results: Float32Array[] = [];
    for (let from = 0; from < rows.length; from += CHUNK_ROWS) {
      const chunk = rows.slice(from, from + CHUNK_ROWS);
      const wanted = chunk.map((_, i) => i).filter((i) => wantedRows.has(from + i));
      // The head is the widest product: not for the rows before the last of long prompts.
      const all = chunk.length <= NARROW_ROWS || 2 * wanted.length > chunk.length;
      await this.#forward(chunk, batch, all ? "logits" : "norm");
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
  async #forward(rows: Row[], { cache, buffers: b }: Batch, want: RowsJob["want"]): Promise<void> {
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
