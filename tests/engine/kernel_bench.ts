// Calls kernels on plain arrays: copies them in, gives the memory back afterwards.

import { Arena, type Kernels } from "../../lib/engine/kernels.ts";
import { engineBinary } from "../support/engine.ts";

/** What surrounds an output, so that a write out of bounds shows. */
const GUARD = -12345.5;
const GUARD_ELEMENTS = 8;

export class KernelBench {
  readonly kernels: Kernels;
  readonly #arena: Arena;

  constructor(module: WebAssembly.Module) {
    this.#arena = new Arena(module, 64 * 2 ** 20);
    this.kernels = this.#arena.kernels;
  }

  /** Runs `body` and gives back all it reserved. */
  scope<T>(body: () => T): T {
    const mark = this.#arena.mark();
    try {
      return body();
    } finally {
      this.#arena.release(mark);
    }
  }

  /** Copies floats in, guarded on both sides. */
  put(values: Float32Array): number {
    const elements = values.length + 2 * GUARD_ELEMENTS;
    const pointer = this.#arena.alloc4(elements);
    const view = this.#arena.floats(pointer, elements);
    view.fill(GUARD);
    view.set(values, GUARD_ELEMENTS);
    return pointer + 4 * GUARD_ELEMENTS;
  }

  /** Reserves `count` guarded floats full of rubbish. */
  room(count: number): number {
    return this.put(new Float32Array(count).fill(NaN));
  }

  putInts(values: Int32Array): number {
    const pointer = this.#arena.alloc4(values.length);
    this.#arena.ints(pointer, values.length).set(values);
    return pointer;
  }

  putBytes(pointer: number, bytes: Uint8Array): void {
    new Uint8Array(this.#arena.memory.buffer, pointer, bytes.length).set(bytes);
  }

  scratch(bytes: number): number {
    return this.#arena.alloc(bytes);
  }

  /** Copies floats out. @throws {Error} when a guard beside them was overwritten. */
  take(pointer: number, count: number): Float32Array<ArrayBuffer> {
    const start = pointer - 4 * GUARD_ELEMENTS;
    const all = this.#arena.floats(start, count + 2 * GUARD_ELEMENTS).slice();
    const guards = [...all.slice(0, GUARD_ELEMENTS), ...all.slice(count + GUARD_ELEMENTS)];
    if (guards.some((value) => value !== GUARD)) {
      throw new Error(`A kernel wrote outside its ${count} elements`);
    }
    return all.slice(GUARD_ELEMENTS, count + GUARD_ELEMENTS);
  }
}

export async function kernelBench(): Promise<KernelBench> {
  return new KernelBench(await WebAssembly.compile(await engineBinary()));
}
