// What one run of a program may use. Counts, never a clock: every machine ends it at the same step.

import { ProgramFailure } from "./failure.ts";

/** The bounds of every run; part of the benchmark's version. */
export const LIMITS = {
  /** UTF-16 code units of a program's source, which bounds how deep it nests. */
  sourceUnits: 400,
  /**
   * Nodes of the syntax tree evaluated; making or reading 16 units of a string or one item of an
   * array also counts as one, so this bounds all memory a run can use.
   */
  steps: 5_000,
  /** Nodes and calls that wait for each other: 5 or 6 for each call of a small function. */
  depth: 400,
  /** UTF-16 code units of one string. */
  stringUnits: 10_000,
  /** Items of one array. */
  arrayItems: 1_000,
} as const;

/** Units of a string that are made, copied or compared in one step. */
const UNITS_PER_STEP = 16;

export class Meter {
  #steps = 0;
  #depth = 0;

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /** @throws {ProgramFailure} `steps` when there are none left. */
  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > LIMITS.steps) {
      throw new ProgramFailure("steps", `more than ${LIMITS.steps} steps: perhaps it never ends`);
    }
  }

  /** One step, one level deeper. @throws {ProgramFailure} `depth` or `steps`. */
  enter(): void {
    this.step();
    if (++this.#depth > LIMITS.depth) {
      throw new ProgramFailure("depth", `more than ${LIMITS.depth} levels of calls and nesting`);
    }
  }

  leave(): void {
    this.#depth--;
  }

  /** Work over `units` code units that makes nothing. */
  read(units: number): void {
    this.step(Math.floor(units / UNITS_PER_STEP));
  }

  /** A string of `units` is about to be made. @throws {ProgramFailure} `memory` or `steps`. */
  makeString(units: number): void {
    this.checkString(units);
    this.read(units);
  }

  /** @throws {ProgramFailure} `memory` when a string of this length is too long. */
  checkString(units: number): void {
    if (units > LIMITS.stringUnits) {
      throw new ProgramFailure("memory", `a string of more than ${LIMITS.stringUnits} characters`);
    }
  }

  /** An array of `items` is about to be made or filled. @throws {ProgramFailure} as above. */
  makeArray(items: number): void {
    this.checkLength(items);
    this.step(Math.floor(items));
  }

  /** @throws {ProgramFailure} `memory` when an array of this length is too long. */
  checkLength(items: number): void {
    if (items > LIMITS.arrayItems) {
      throw new ProgramFailure("memory", `an array of more than ${LIMITS.arrayItems} items`);
    }
  }
}
