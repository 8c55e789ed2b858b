// Reads what a model computes while one text goes through it: weights of attention, and logits
// after every block. Adds nothing to what is computed, and knows no text.

import type { TraceVisitor } from "./engine.ts";
import { readOut } from "./inference.ts";
import type { Buffers, Inference, RowObserver } from "./inference_run.ts";
import { paddedVocab } from "./shape.ts";

export class Tracer implements RowObserver {
  readonly #run: Inference;
  readonly #visitor: TraceVisitor;
  readonly #scores: number; // [n, ⌈n⌉4]
  readonly #row: number; // [n + 3]: the kernel writes whole vectors
  readonly #scratch: number;

  /** Reserves room for a text of n tokens. */
  constructor(run: Inference, n: number, visitor: TraceVisitor) {
    const { arena } = run.thread;
    this.#run = run;
    this.#visitor = visitor;
    this.#scores = arena.alloc4(n * vectors(n));
    this.#row = arena.alloc4(n + 3);
    this.#scratch = arena.alloc(run.kernels.gemmScratchBytes(n, headWidth(run)));
  }

  passed(depth: number, b: Buffers, rows: number): void {
    if (!this.#visitor.logits) return;
    const { thread: { arena }, plan: { config } } = this.#run, V = paddedVocab(config);
    readOut(this.#run, b, [0, rows]);
    const logits = Array.from(
      { length: rows },
      (_, r) => arena.floats(b.logits + 4 * r * V, config.vocabSize).slice(),
    );
    this.#visitor.logits(depth, logits);
  }

  attended(layer: number, b: Buffers, rows: number): void {
    if (!this.#visitor.attention) return;
    const { heads } = this.#run.plan.config;
    for (let h = 0; h < heads; h++) {
      this.#visitor.attention(layer, h, this.#weights(layer, h, b, rows));
    }
  }

  /** softmax(q·kᵀ·scale) of one head over the tokens each row sees, by the kernels of attention. */
  #weights(layer: number, h: number, b: Buffers, n: number): Float32Array {
    const { kernels, thread: { arena }, plan: { config }, kvWidth: K, scale } = this.#run;
    const { dModel: C, imported } = config, hd = headWidth(this.#run);
    const q = b.q + 4 * h * hd, k = b.k + 4 * Math.floor(h * K / C) * hd, ld = vectors(n);
    // deno-fmt-ignore
    kernels.gemm(this.#scores, ld, q, C, 1, k, 1, K, n, n, hd, false, 0, this.#scratch);
    const window = imported?.windows?.[layer] ?? 0;
    const weights = new Float32Array(n * n);
    for (let t = 0; t < n; t++) {
      const first = window > 0 ? Math.max(0, t + 1 - window) : 0, seen = t + 1 - first;
      const row = arena.floats(this.#row, seen);
      row.set(arena.floats(this.#scores + 4 * (t * ld + first), seen));
      kernels.softmax(this.#row, seen, scale);
      weights.set(row, t * n + first);
    }
    return weights;
  }
}

function headWidth({ plan: { config: { dModel, heads } } }: Inference): number {
  return dModel / heads;
}

/** `count` rounded up to whole vectors. */
function vectors(count: number): number {
  return Math.ceil(count / 4) * 4;
}
