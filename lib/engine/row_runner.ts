// A model in memory, its weights packed once, and the threads that send rows through it. A "row" is
// one token at one position of one sequence; rows of many sequences go through together.

import { ValidationError } from "../errors.ts";
import { architectureOf } from "../format/architecture.ts";
import { keyValueWidth, type ModelConfig, parameterCount, tensorSpecs } from "../format/config.ts";
import type { Crew, CrewMemory } from "./crew.ts";
import type { TraceVisitor } from "./engine.ts";
import { canSplitColumns, endRows, leadRows, runRows } from "./inference.ts";
import {
  type Buffers,
  type Inference,
  type InferencePlan,
  layOutOwn,
  NARROW_ROWS,
  openInference,
  type RowsJob,
  type Step,
} from "./inference_run.ts";
import type { Arena, Kernels } from "./kernels.ts";
import { KeyValueCache } from "./key_value_cache.ts";
import { modelPointers, unpackedSpecs } from "./parameters.ts";
import { fillRotaryTable } from "./positions.ts";
import { layOutProducts, packWeights } from "./products.ts";
import type { Arithmetic } from "./quantize.ts";
import { RowPass } from "./row_pass.ts";
import { assertComputable, paddedVocab } from "./shape.ts";
import { LostThreadError, Thread } from "./thread.ts";
import { Tracer } from "./trace.ts";

/** Rows computed at once: enough to fill the matrix product, few enough for the cache. */
export const CHUNK_ROWS = 512;
/** Bytes of keys and values held at once; more sequences are done in groups. */
const CACHE_BYTES = 192 * 2 ** 20;
/** Address space for the weights twice, the cache and the workspace. */
const WORKSPACE_BYTES = 320 * 2 ** 20;
/** Multiplications below which telling the other threads takes longer than they save. */
const WORTH_SHARING = 4e6;

/** Memory for some sequences: what is cached of them, and room for rows on their way. */
export interface Batch {
  cache: KeyValueCache;
  job: RowsJob;
}

export class RowRunner {
  readonly config: ModelConfig;
  readonly #memory: CrewMemory;
  readonly #arena: Arena;
  readonly #parameters: number;
  /** The host's share of a job, and the host alone. */
  readonly #run: Inference;
  readonly #alone: Inference;

  /** @throws {ValidationError} when the shape cannot be computed or the weights do not fit it. */
  static async open(
    crew: Crew,
    config: ModelConfig,
    weights: Float32Array,
    arithmetic: Arithmetic,
  ): Promise<RowRunner> {
    assertComputable(config);
    const P = parameterCount(config);
    if (weights.length !== P) {
      throw new ValidationError(`Expected ${P} weights for this shape, got ${weights.length}`);
    }
    const memory = await crew.open(8 * P + CACHE_BYTES + WORKSPACE_BYTES);
    return new RowRunner(memory, config, weights, arithmetic);
  }

  private constructor(
    memory: CrewMemory,
    config: ModelConfig,
    weights: Float32Array,
    arithmetic: Arithmetic,
  ) {
    this.config = config;
    this.#parameters = weights.length;
    this.#memory = memory;
    this.#arena = memory.thread.arena;
    const plan = this.#layOut(weights, arithmetic);
    memory.plan(plan);
    this.#run = openInference(memory.thread, plan);
    this.#alone = openInference(new Thread(this.#arena), plan);
  }

  #layOut(weights: Float32Array, arithmetic: Arithmetic): InferencePlan {
    const { config } = this;
    const { dModel: C, dMlp: F } = config;
    const base = this.#keepUnpacked(weights);
    const { packed, head } = this.#pack(weights, arithmetic, base);
    const zeros = this.#arena.alloc4(Math.max(C, F));
    this.#arena.floats(zeros, Math.max(C, F)).fill(0);
    const isRotary = architectureOf(config).positions === "rotary";
    const rotary = this.#arena.alloc4(isRotary ? config.ctx * C / config.heads : 0);
    fillRotaryTable(this.#arena.kernels, rotary, config);
    const alloc = (bytes: number) => this.#arena.alloc(bytes);
    const { kernels } = this.#arena;
    const own = Array.from(
      { length: this.#memory.thread.count },
      () => layOutOwn(alloc, config, layOutProducts(alloc, kernels, arithmetic, Math.max(C, F))),
    );
    return {
      kind: "inference",
      config,
      arithmetic,
      weights: base,
      packed,
      head,
      zeros,
      rotary,
      own,
    };
  }

  /** Copies what is read as it is, and returns where it stands. */
  #keepUnpacked(weights: Float32Array): number {
    const kept = unpackedSpecs(this.config), values = tensorValues(this.config, weights);
    const base = this.#arena.alloc4(kept.reduce((sum, { size }) => sum + size, 0));
    for (const { name, offset, size } of kept) {
      this.#arena.floats(base + 4 * offset, size).set(values(name));
    }
    return base;
  }

  /** Packs every matrix. One place holds each in turn, so the engine has the weights once. */
  #pack(weights: Float32Array, arithmetic: Arithmetic, base: number) {
    const { config } = this, values = tensorValues(config, weights);
    const { dModel: C, dMlp: F, vocabSize: V } = config, K = keyValueWidth(config);
    const arch = architectureOf(config), untied = arch.head === "untied";
    const gated = arch.mlp === "swiglu";
    const stage = this.#arena.alloc4(Math.max(C * C, C * F, untied ? C * V : 0));
    const staged = (name: string) => {
      const matrix = values(name);
      this.#arena.floats(stage, matrix.length).set(matrix);
      return stage;
    };
    const [wIn, wOut] = gated ? ["gate_proj", "down_proj"] : ["fc_in", "fc_out"];
    const packed = Array.from({ length: config.layers }, (_, i) => {
      const pack = (name: string, k: number, n: number) => {
        const matrix = staged(`blocks.${i}.${name}.weight`);
        return packWeights(this.#arena, arithmetic, [matrix, n, 1], k, n);
      };
      return {
        wq: pack("attn.q_proj", C, C),
        wk: pack("attn.k_proj", C, K),
        wv: pack("attn.v_proj", C, K),
        wo: pack("attn.o_proj", C, C),
        wIn: pack(`mlp.${wIn}`, C, F),
        wUp: gated ? pack("mlp.up_proj", C, F) : 0,
        wOut: pack(`mlp.${wOut}`, F, C),
      };
    });
    const { token } = modelPointers(config, base, 0, unpackedSpecs(config));
    const table = untied ? staged("lm_head.weight") : token;
    return { packed, head: packWeights(this.#arena, arithmetic, [table, 1, C], C, V) };
  }

  /** The engine's functions in binary64. */
  get math(): Pick<Kernels, "exp64" | "log64" | "powInt"> {
    return this.#arena.kernels;
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
    const bytes = KeyValueCache.bytesPerSequence(this.config, length);
    return Math.max(1, Math.floor(CACHE_BYTES / bytes));
  }

  /** Reserves memory for sequences of up to `length` positions. */
  openBatch(sequences: number, length: number): Batch {
    const cache = new KeyValueCache(this.#arena, this.config, sequences, length);
    const b = this.#allocBuffers(CHUNK_ROWS), step = this.#arena.alloc4(3);
    return { cache, job: { kind: "rows", cache: cache.layout, b, step } };
  }

  /**
   * Runs `work`, which sends rows through the model and waits for nothing else. The other threads
   * stand by until it ends, when `mostRows` at a time are worth their help.
   */
  async run<T>({ cache, job }: Batch, mostRows: number, work: (rows: RowPass) => T): Promise<T> {
    const pass = (forward: (step: Step) => void) =>
      new RowPass(this.#arena, this.config, cache, job.b, CHUNK_ROWS, forward);
    const alone = (step: Step) => runRows(this.#alone, job, step);
    if (!this.#isShared(Math.min(mostRows, CHUNK_ROWS))) return work(pass(alone));
    const outcome = await this.#memory.together(job, () => {
      // What `work` throws is no failure of a thread: the others are sent home as ever.
      const outcome = settle(() =>
        work(pass((step) => {
          this.#memory.assertWhole();
          if (this.#isShared(step.rows)) leadRows(this.#run, job, step);
          else alone(step);
        }))
      );
      endRows(this.#run, job);
      return outcome;
    });
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /** Sends a text of at most `CHUNK_ROWS` tokens through on this thread, telling `visitor` of it. */
  trace(tokens: readonly number[], visitor: TraceVisitor): void {
    const batch = this.openBatch(1, tokens.length);
    const observer = new Tracer(this.#alone, tokens.length, visitor);
    const run = { ...this.#alone, observer };
    const pass = new RowPass(
      this.#arena,
      this.config,
      batch.cache,
      batch.job.b,
      CHUNK_ROWS,
      (step) => runRows(run, batch.job, step),
    );
    pass.through({ sequence: 0, tokens, from: 0 });
  }

  #allocBuffers(rows: number): Buffers {
    const { dModel: C, dMlp: F } = this.config;
    const gated = architectureOf(this.config).mlp === "swiglu";
    const alloc = (perRow: number) => this.#arena.alloc4(rows * perRow);
    return {
      ids: alloc(1),
      sequences: alloc(1),
      positions: alloc(1),
      wantedRows: alloc(1),
      wantedSequences: alloc(1),
      wantedPositions: alloc(1),
      targets: alloc(1),
      x: alloc(C),
      norm: alloc(C),
      q: alloc(C),
      k: alloc(C),
      v: alloc(C),
      o: alloc(C),
      h: alloc(F),
      up: alloc(gated ? F : 0),
      act: alloc(F),
      logits: alloc(paddedVocab(this.config)),
      nll: alloc(1),
    };
  }

  #isShared(rows: number): boolean {
    if (this.#run.thread.count === 1) return false;
    if (rows * this.#parameters < WORTH_SHARING) return false;
    return rows > NARROW_ROWS || canSplitColumns(this.config);
  }

  close(): void {
    this.#memory.close();
  }
}

/** Views of the tensors in a flat array, by name. */
function tensorValues(config: ModelConfig, flat: Float32Array): (name: string) => Float32Array {
  const specs = new Map(tensorSpecs(config).map((spec) => [spec.name, spec]));
  return (name) => {
    const { offset, size } = specs.get(name)!;
    return flat.subarray(offset, offset + size);
  };
}

/** What came of `work`; a lost thread is thrown on. */
function settle<T>(work: () => T): { value: T } | { error: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof LostThreadError) throw error;
    return { error };
  }
}
