// Whether native kernels give WebAssembly's bits: each is run beside the other on the same numbers.

import { CounterRandom } from "../lib/corpora/philox.ts";
import { type Accelerate, Arena, type Kernels } from "../lib/engine/kernels.ts";
import type { NATIVE_KERNELS } from "./native_kernels.ts";

type Name = typeof NATIVE_KERNELS[number];

/** Sizes of what the kernels are compared on. */
export interface CheckShape {
  rows: number;
  /** Columns, a multiple of 4. */
  width: number;
  /** Terms of the products' folds. */
  depth: number;
  /** Heads of `headWidth` columns (a multiple of 4) each. */
  heads: number;
  headWidth: number;
}

/** Awkward for every vector width and tile, and over a pass of 256 terms. */
const LOAD_SHAPES: readonly CheckShape[] = [
  { rows: 37, width: 76, depth: 261, heads: 2, headWidth: 20 },
  { rows: 5, width: 36, depth: 7, heads: 3, headWidth: 4 },
];

/**
 * The first kernel that differs on these shapes, or null.
 *
 * @param module the engine that is trusted.
 */
export function firstDifference(
  module: WebAssembly.Module,
  accelerate: Accelerate,
  shapes: readonly CheckShape[] = LOAD_SHAPES,
): string | null {
  const bytes = 64 * 2 ** 20;
  const trusted = new Desk(new Arena(module, bytes));
  const checked = new Desk(new Arena(module, bytes, accelerate));
  for (const shape of shapes) {
    for (const [what, run] of cases(shape)) {
      const [want, got] = [trusted, checked].map((desk) => desk.outputs(run));
      if (want.some((word, i) => word !== got[i])) return `${what} of ${JSON.stringify(shape)}`;
    }
  }
  return null;
}

/** Lays out numbers for one call, the same in every memory, and reads what the call left there. */
class Desk {
  readonly kernels: Kernels;
  readonly #arena: Arena;
  #outputs: [pointer: number, count: number][] = [];
  #seed = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.kernels = arena.kernels;
  }

  /** Bits of all outputs of `run`, in order. */
  outputs(run: (desk: Desk) => void): Uint32Array {
    const mark = this.#arena.mark();
    this.#outputs = [];
    this.#seed = 0;
    run(this);
    const words = this.#outputs.flatMap(([at, count]) => [
      ...new Uint32Array(this.#arena.floats(at, count).slice().buffer),
    ]);
    this.#arena.release(mark);
    return Uint32Array.from(words);
  }

  /** `count` binary32 of both signs from 2^−`spread` to 2^`spread`, some of them ±0. */
  input(count: number, spread = 4): number {
    const random = new CounterRandom(++this.#seed, { stream: 99, step: 0, row: count });
    const pointer = this.#arena.alloc4(count + 1);
    const view = this.#arena.floats(pointer, count);
    for (let i = 0; i < count; i++) {
      const sign = random.below(2) ? 1 : -1;
      const size = random.below(40) === 0 ? 0 : 1 + random.below(2 ** 23) / 2 ** 23;
      view[i] = sign * size * 2 ** (random.below(2 * spread) - spread);
    }
    return pointer;
  }

  /** An input that the kernel may also write: compared like any output, with one element after. */
  output(count: number, spread?: number): number {
    const pointer = this.input(count, spread);
    this.#arena.floats(pointer + 4 * count, 1)[0] = -0.375;
    this.#outputs.push([pointer, count + 1]);
    return pointer;
  }

  ids(values: readonly number[]): number {
    const pointer = this.#arena.alloc4(values.length);
    this.#arena.ints(pointer, values.length).set(values);
    return pointer;
  }

  room(bytes: number): number {
    return this.#arena.alloc(bytes);
  }

  /** A result that is no array. */
  result(value: number): void {
    const pointer = this.#arena.alloc4(2);
    this.#arena.doubles(pointer, 1)[0] = value;
    this.#outputs.push([pointer, 2]);
  }
}

type Case = [what: Name | `${Name} ${string}`, run: (desk: Desk) => void];

function cases(shape: CheckShape): Case[] {
  return [...products(shape), ...attentions(shape), ...rowCases(shape), ...flatCases(shape)];
}

/** Every transposition, begun and continued, and the parts of a square product. */
function products({ rows: m, width, depth: k }: CheckShape): Case[] {
  // A last panel that is not whole, in rows wider than the product.
  const n = width - 1, ldc = width;
  const found: Case[] = [];
  for (const more of [false, true]) {
    for (const [ars, acs] of [[k, 1], [1, m]]) {
      for (const [brs, bcs] of [[n, 1], [1, k]]) {
        found.push([`gemm strides ${ars} ${acs} ${brs} ${bcs}${more ? " continued" : ""}`, (d) => {
          const c = d.output(m * ldc), a = d.input(m * k), b = d.input(k * n);
          const scratch = d.room(d.kernels.gemmScratchBytes(n, k));
          d.kernels.gemm(c, ldc, a, ars, acs, b, brs, bcs, m, n, k, more, 0, scratch);
        }]);
      }
    }
  }
  return found;
}

/** As many heads of q as of k, and twice as many. */
function attentions({ rows: T, heads, headWidth: hd }: CheckShape): Case[] {
  const K = heads * hd, scale = Math.fround(1 / Math.sqrt(hd));
  const square = 4 * T * (Math.ceil(T / 4) * 4);
  const scratch = (d: Desk) => {
    const widest = Math.max(T, 2 * K);
    return d.room(d.kernels.gemmScratchBytes(widest, widest));
  };
  return [1, 2].flatMap((group): Case[] => {
    const C = group * K, all = group * heads;
    return [
      [`attention ${group}`, (d) => {
        const o = d.output(T * C), q = d.input(T * C, 1);
        const k = d.input(T * K, 1), v = d.input(T * K, 1), p = d.room(square), room = scratch(d);
        for (const [h0, h1] of [[0, all - 1], [all - 1, all]]) {
          d.kernels.attention(o, q, k, v, T, C, K, hd, h0, h1, scale, p, room);
        }
      }],
      [`attentionBackward ${group}`, (d) => {
        const dq = d.output(T * C), dk = d.output(T * K), dv = d.output(T * K);
        const [dout, q] = [0, 1].map(() => d.input(T * C, 1));
        const [k, v] = [0, 1].map(() => d.input(T * K, 1));
        const [p, dp] = [0, 1].map(() => d.room(square)), room = scratch(d);
        // deno-fmt-ignore
        d.kernels.attentionBackward(dq, dk, dv, dout, q, k, v, T, C, K, hd, 0, all, scale, p, dp, room);
      }],
    ];
  });
}

/** Kernels over rows of `width`, on all rows but the first. */
function rowCases({ rows: R, width: n }: CheckShape): Case[] {
  const end = n - 4;
  const stats = (d: Desk) => d.input(2 * R, 1);
  const targets = Array.from({ length: R }, (_, r) => r % 5 === 4 ? -1 : r * 7 % n);
  return [
    ["addBias", (d) => d.kernels.addBias(d.output(R * n), d.input(n), 1, R, n)],
    ["addBiasResidual", (d) => {
      const out = d.output(R * n);
      d.kernels.addBiasResidual(out, d.input(R * n), d.input(R * n), d.input(n), 1, R, n);
      d.kernels.addBiasResidual(out, out, d.input(R * n), d.input(n), 1, R, n);
    }],
    ["biasGelu", (d) => {
      d.kernels.biasGelu(d.output(R * n), d.output(R * n), d.input(n), 1, R, n);
    }],
    ["biasGeluSplit", (d) => {
      d.kernels.biasGeluSplit(d.output(R * n), d.output(R * n), d.input(n), 1, R, n);
    }],
    ...[false, true].map((more): Case => [`columnSums ${more}`, (d) => {
      d.kernels.columnSums(d.output(n), d.input(R * n), R, n, 4, end, more);
    }]),
    ["layerNorm", (d) => {
      const y = d.output(R * n), kept = d.output(2 * R);
      d.kernels.layerNorm(y, d.input(R * n), d.input(n), d.input(n), kept, 1, R, n);
      d.kernels.layerNorm(d.output(R * n), d.input(R * n), d.input(n), d.input(n), 0, 0, R, n);
    }],
    ["layerNormAgain", (d) => {
      const y = d.output(R * n), x = d.input(R * n);
      d.kernels.layerNormAgain(y, x, d.input(n), d.input(n), stats(d), 1, R, n);
    }],
    ...[false, true].map((more): Case => [`layerNormBackward ${more}`, (d) => {
      const dx = d.output(R * n), dy = d.input(R * n), x = d.input(R * n);
      // deno-fmt-ignore
      d.kernels.layerNormBackward(dx, dy, x, d.input(n), stats(d), 1, R, n, more, d.room(8 * n));
    }]),
    ...[false, true].map((more): Case => [`layerNormParams ${more}`, (d) => {
      const dgain = d.output(n), dbias = d.output(n), dy = d.input(R * n), x = d.input(R * n);
      d.kernels.layerNormParams(dgain, dbias, dy, x, stats(d), R, n, 4, end, more);
    }]),
    ["negativeLogLikelihood", (d) => {
      const nll = d.output(R), logits = d.output(R * n);
      d.kernels.negativeLogLikelihood(nll, logits, d.ids(targets), 1, R, n);
    }],
    ...[0, 0.2].map((twoZ): Case => [`crossEntropyBackward ${twoZ}`, (d) => {
      const nll = d.output(R), logits = d.output(R * n);
      d.kernels.crossEntropyBackward(nll, logits, d.ids(targets), 1 / R, twoZ, 1, R, n);
    }]),
  ];
}

/** Kernels over plain arrays. */
function flatCases({ rows, width, depth }: CheckShape): Case[] {
  const count = rows * width;
  const scalars = [0.5, 0.01, 0.9, 1 - 0.9, 0.95, 1 - 0.95, 1.7, 2.3, 1e-8, 0.1] as const;
  return [
    ["multiply", (d) => d.kernels.multiply(d.output(count), d.input(count), count)],
    [
      "sumSquares",
      (d) => d.result(d.kernels.sumSquares(d.input(4096 + 4 * depth), 4096 + 4 * depth)),
    ],
    ["adamW", (d) => {
      // Of magnitudes down to 2^−120, so that some moments are flushed; v is never negative.
      const w = d.output(count), g = d.input(count, 60), m = d.output(count, 120);
      const v = d.output(count, 60);
      d.kernels.multiply(v, v, count);
      d.kernels.adamW(w, g, m, v, count, ...scalars);
    }],
  ];
}
