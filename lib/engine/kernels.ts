// Typed view of the WebAssembly kernels and of the memory they work in. Knows no model.

import { BudgetError } from "../errors.ts";

/** Exports of static/engine.wasm; pointers are byte offsets. Contracts: wasm/*.ts, same names. */
export interface Kernels {
  /** 0 when all have met, 1 when one gave up, 2 when one did not come in time. */
  meet(state: number, count: number, spins: number, patienceMs: number): number;
  giveUp(state: number): void;
  // deno-fmt-ignore
  gemm(c: number, ldc: number, a: number, ars: number, acs: number, b: number, brs: number, bcs: number,
    m: number, n: number, k: number, more: boolean, part: number, scratch: number): void;
  // deno-fmt-ignore
  gemmPacked(c: number, ldc: number, a: number, lda: number, packed: number,
    m: number, n: number, k: number, scratch: number): void;
  gemmScratchBytes(n: number, depth: number): number;
  packB(dst: number, b: number, rs: number, cs: number, k: number, n: number): void;
  packedBytes(k: number, n: number): number;
  quantizeRows(q: number, scales: number, x: number, rows: number, k: number): void;
  // deno-fmt-ignore
  gemmInt8(c: number, ldc: number, a: number, rowScales: number, b: number, columnScales: number, lds: number,
    m: number, n: number, k: number, group: number): void;
  // deno-fmt-ignore
  gemmInt4(c: number, ldc: number, a: number, rowScales: number, b: number, columnScales: number, lds: number,
    m: number, n: number, k: number, group: number): void;
  addBias(y: number, bias: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  addBiasResidual(out: number, x: number, y: number, bias: number, r0: number, r1: number, n: number): void;
  biasGelu(y: number, x: number, bias: number, r0: number, r1: number, n: number): void;
  biasGeluSplit(y: number, x: number, bias: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  swiGlu(y: number, gate: number, up: number, gateBias: number, upBias: number,
    r0: number, r1: number, n: number): void;
  swiGluBackward(y: number, gate: number, up: number, dy: number, count: number): void;
  multiply(x: number, y: number, count: number): void;
  // deno-fmt-ignore
  columnSums(out: number, x: number, rows: number, n: number, c0: number, c1: number,
    more: boolean): void;
  // deno-fmt-ignore
  embed(x: number, tokenTable: number, positionTable: number, ids: number, positions: number,
    r0: number, r1: number, n: number): void;
  lookUp(x: number, table: number, ids: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  embedBackward(table: number, dx: number, ids: number, rows: number, n: number, c0: number, c1: number): void;
  // deno-fmt-ignore
  layerNorm(y: number, x: number, gain: number, bias: number, stats: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  layerNormAgain(y: number, x: number, gain: number, bias: number, stats: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  layerNormBackward(dx: number, dy: number, x: number, gain: number, stats: number,
    r0: number, r1: number, n: number, more: boolean, scratch: number): void;
  // deno-fmt-ignore
  layerNormParams(dgain: number, dbias: number, dy: number, x: number, stats: number, rows: number, n: number,
    c0: number, c1: number, more: boolean): void;
  // deno-fmt-ignore
  rmsNorm(y: number, x: number, gain: number, bias: number, stats: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  rmsNormBackward(dx: number, dy: number, x: number, gain: number, stats: number,
    r0: number, r1: number, n: number, more: boolean, scratch: number): void;
  // deno-fmt-ignore
  normGain(dgain: number, dy: number, x: number, stats: number, rows: number, n: number,
    c0: number, c1: number, more: boolean): void;
  biasGeluTanh(y: number, x: number, bias: number, r0: number, r1: number, n: number): void;
  // deno-fmt-ignore
  normWith(y: number, x: number, gain: number, bias: number, r0: number, r1: number, n: number,
    epsilon: number, centred: boolean): void;
  rotaryColumn(table: number, T: number, hd: number, i: number, frequency: number): void;
  rotaryTable(table: number, T: number, hd: number, base: number): void;
  // deno-fmt-ignore
  rotate(x: number, table: number, positions: number, r0: number, r1: number, width: number, hd: number,
    c0: number, c1: number, back: boolean): void;
  // deno-fmt-ignore
  attention(o: number, q: number, k: number, v: number, T: number, C: number, K: number, hd: number,
    h0: number, h1: number, scale: number, p: number, scratch: number): void;
  // deno-fmt-ignore
  attentionBackward(dq: number, dk: number, dv: number, dout: number, q: number, k: number, v: number,
    T: number, C: number, K: number, hd: number, h0: number, h1: number, scale: number, p: number, dp: number,
    scratch: number): void;
  // deno-fmt-ignore
  cacheWrite(keys: number, values: number, pages: number, perSequence: number, k: number, v: number,
    sequences: number, positions: number, rows: number, K: number, c0: number, c1: number): void;
  // deno-fmt-ignore
  attendCached(o: number, q: number, keys: number, values: number, pages: number, perSequence: number,
    sequences: number, positions: number, r0: number, r1: number, C: number, K: number, hd: number, h0: number, h1: number,
    scale: number, scratch: number, window: number): void;
  softmax(p: number, n: number, scale: number): void;
  // deno-fmt-ignore
  crossEntropyBackward(nll: number, logits: number, targets: number, scale: number, twoZ: number,
    r0: number, r1: number, V: number): void;
  // deno-fmt-ignore
  negativeLogLikelihood(nll: number, logits: number, targets: number, r0: number, r1: number, V: number): void;
  logProbabilities(logits: number, r0: number, r1: number, V: number): void;
  sumFloat64(x: number, n: number): number;
  sumSquares(g: number, n: number): number;
  // deno-fmt-ignore
  adamW(w: number, g: number, m: number, v: number, n: number, clip: number, lr: number,
    beta1: number, beta1c: number, beta2: number, beta2c: number, c1: number, c2: number,
    epsilon: number, decay: number): void;
  muonMomentum(g: number, m: number, n: number, clip: number, mu: number, muc: number): void;
  scale(x: number, n: number, factor: number): void;
  // deno-fmt-ignore
  blend(y: number, ldy: number, x: number, ldx: number, alpha: number, beta: number, rows: number, n: number): void;
  muonUpdate(w: number, u: number, n: number, lr: number, factor: number, decay: number): void;
  // deno-fmt-ignore
  fillNormal(x: number, n: number, first: number, std: number, key0: number, key1: number, scratch: number): void;
  // deno-fmt-ignore
  philox(out: number, key0: number, key1: number, c0: number, c1: number, c2: number, c3: number): void;
  circle(u: number, sine: boolean): number;
  cosine64(x: number, sine: boolean): number;
  cosPi(p: number): number;
  exp64(x: number): number;
  log64(x: number): number;
  powInt(base: number, n: number): number;
  dot16(x: number, y: number, n: number): number;
  sum16(x: number, n: number): number;
  rowMax(x: number, n: number): number;
  expArray(y: number, x: number, n: number): void;
  erfArray(y: number, x: number, n: number): void;
  siluArray(y: number, slope: number, x: number, n: number): void;
}

/** Puts faster kernels of equal bits in the place of some, over the same memory. */
export type Accelerate = (memory: WebAssembly.Memory, kernels: Kernels) => Kernels;

const PAGE = 65536;
/** What 32-bit pointers reach. */
export const MOST_BYTES = 2 ** 32;
/** Every array begins on a cache line. */
const ALIGNMENT = 64;

/** State of the barrier; 0 stays a null pointer. */
export const BARRIER = ALIGNMENT;

/**
 * One shared WebAssembly memory with the kernels bound to it, laid out by bumping a pointer.
 * The host decides the layout; kernels never allocate.
 */
export class Arena {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  #top = BARRIER + ALIGNMENT;

  /**
   * A memory of up to `space` bytes, or another thread's `space`, in which only that thread lays out.
   * @throws {BudgetError} when pointers do not reach so far or the host has not so much to give.
   */
  constructor(
    module: WebAssembly.Module,
    space: number | WebAssembly.Memory,
    accelerate?: Accelerate,
  ) {
    this.memory = typeof space === "number" ? newMemory(space) : space;
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory } });
    const kernels = exports as unknown as Kernels;
    this.kernels = accelerate?.(this.memory, kernels) ?? kernels;
  }

  /** Bytes in use. */
  get byteLength(): number {
    return this.#top;
  }

  /** Reserves `bytes`, growing the memory when needed; contents are whatever was there. */
  alloc(bytes: number): number {
    const pointer = this.#top;
    this.#top = Math.ceil((pointer + bytes) / ALIGNMENT) * ALIGNMENT;
    const missing = this.#top - this.memory.buffer.byteLength;
    if (missing > 0) granted(missing, () => this.memory.grow(Math.ceil(missing / PAGE)));
    return pointer;
  }

  /** Reserves `count` four-byte elements. */
  alloc4(count: number): number {
    return this.alloc(4 * count);
  }

  mark(): number {
    return this.#top;
  }

  /** Gives back everything reserved since `mark`. */
  release(mark: number): void {
    this.#top = mark;
  }

  /** Views are for now only: a later `alloc` may leave them on a shorter buffer. */
  floats(pointer: number, count: number): Float32Array {
    return new Float32Array(this.memory.buffer, pointer, count);
  }

  ints(pointer: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, pointer, count);
  }

  doubles(pointer: number, count: number): Float64Array {
    return new Float64Array(this.memory.buffer, pointer, count);
  }
}

function newMemory(maxBytes: number): WebAssembly.Memory {
  if (maxBytes > MOST_BYTES) throw memoryError(maxBytes, `at most ${MOST_BYTES} bytes`);
  const maximum = Math.min(MOST_BYTES / PAGE, Math.ceil(maxBytes / PAGE) + 1);
  return granted(maxBytes, () => new WebAssembly.Memory({ initial: 1, maximum, shared: true }));
}

function granted<T>(bytes: number, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw memoryError(bytes, "what this machine has free");
  }
}

function memoryError(bytes: number, expected: string): BudgetError {
  return new BudgetError("The engine cannot have the memory this takes", {
    expected,
    got: `${bytes} bytes`,
    fix: "Lower batchSize (accumulationSteps makes up for it), ctx or the width of the model.",
  });
}
