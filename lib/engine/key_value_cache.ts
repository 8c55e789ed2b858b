// Keys and values of sequences, in pages which sequences share until one of them writes. Knows
// which page is whose, not what stands in it.

import { keyValueWidth, type ModelConfig } from "../format/config.ts";
import { type CacheLayout, PAGE_POSITIONS } from "./inference_run.ts";
import type { Arena } from "./kernels.ts";

export class KeyValueCache {
  readonly layout: CacheLayout;
  readonly #arena: Arena;
  readonly #layers: number;
  /** Of one page's keys in one layer, and of its values. */
  readonly #pageBytes: number;
  /** Pages of each sequence, in order of position. */
  readonly #pages: number[][];
  /** How many sequences hold a page. */
  readonly #holders: Int32Array;
  readonly #free: number[];

  /** Reserves memory for `sequences` of up to `length` positions, all of them empty. */
  constructor(arena: Arena, config: ModelConfig, sequences: number, length: number) {
    const { layers } = config;
    const pagesPerSequence = Math.ceil(length / PAGE_POSITIONS);
    const pages = sequences * pagesPerSequence;
    this.#arena = arena;
    this.#layers = layers;
    this.#pageBytes = 4 * PAGE_POSITIONS * keyValueWidth(config);
    this.#pages = Array.from({ length: sequences }, () => []);
    this.#holders = new Int32Array(pages);
    this.#free = Array.from({ length: pages }, (_, i) => pages - 1 - i);
    const layerBytes = pages * this.#pageBytes;
    this.layout = {
      keys: arena.alloc(layers * layerBytes),
      values: arena.alloc(layers * layerBytes),
      layerBytes,
      pages: arena.alloc4(pages),
      pagesPerSequence,
    };
  }

  /** Bytes of one sequence of `length` positions. */
  static bytesPerSequence(config: ModelConfig, length: number): number {
    const positions = PAGE_POSITIONS * Math.ceil(length / PAGE_POSITIONS);
    return 8 * config.layers * keyValueWidth(config) * positions;
  }

  /** Gives the sequence pages of its own for positions [from, to); those before stay as they are. */
  reserve(sequence: number, from: number, to: number): void {
    const pages = this.#pages[sequence];
    for (let i = Math.floor(from / PAGE_POSITIONS); i * PAGE_POSITIONS < to; i++) {
      const held = pages[i];
      if (held !== undefined && this.#holders[held] === 1) continue;
      const page = this.#free.pop()!;
      this.#holders[page] = 1;
      pages[i] = page;
      if (held !== undefined) {
        this.#holders[held]--;
        if (i * PAGE_POSITIONS < from) this.#copy(held, page);
      }
    }
    const { pages: table, pagesPerSequence } = this.layout;
    this.#arena.ints(table + 4 * sequence * pagesPerSequence, pages.length).set(pages);
  }

  /** Sequence first + i becomes what first + parents[i] was; those without a parent are emptied. */
  rearrange(first: number, count: number, parents: readonly number[]): void {
    const before = this.#pages.slice(first, first + count);
    for (const parent of parents) for (const page of before[parent]) this.#holders[page]++;
    for (const page of before.flat()) if (--this.#holders[page] === 0) this.#free.push(page);
    for (let i = 0; i < count; i++) {
      this.#pages[first + i] = i < parents.length ? before[parents[i]].slice() : [];
    }
  }

  #copy(from: number, to: number): void {
    const { keys, values, layerBytes } = this.layout, size = this.#pageBytes;
    const bytes = new Uint8Array(this.#arena.memory.buffer);
    for (const base of [keys, values]) {
      for (let layer = 0; layer < this.#layers; layer++) {
        const at = base + layer * layerBytes;
        bytes.copyWithin(at + to * size, at + from * size, at + (from + 1) * size);
      }
    }
  }
}
