// One thread's view of work that all threads of a memory do together. Knows no model.

import { type Arena, BARRIER, type Kernels } from "./kernels.ts";

/** Looks at the barrier before sleeping: about the time it takes to be woken. */
const SPINS = 4000;
const GAVE_UP = 1;
/** Patience without end. */
export const FOREVER = -1;

/** The barrier was left without all threads having met. */
export class LostThreadError extends Error {
  /** Whether the other thread said so itself; otherwise it did not come in time. */
  readonly gaveUp: boolean;
  constructor(gaveUp: boolean) {
    super(gaveUp ? "A compute thread failed" : "A compute thread does not answer");
    this.name = "LostThreadError";
    this.gaveUp = gaveUp;
  }
}

export class Thread {
  readonly arena: Arena;
  readonly kernels: Kernels;
  /** 0..count − 1; the host is thread 0. */
  readonly index: number;
  readonly count: number;
  readonly #patienceMs: number;

  constructor(arena: Arena, index = 0, count = 1, patienceMs = 0) {
    this.arena = arena;
    this.kernels = arena.kernels;
    this.index = index;
    this.count = count;
    this.#patienceMs = patienceMs;
  }

  /** Waits for all threads: what they wrote before can be read after. @throws {LostThreadError} */
  meet(patienceMs = this.#patienceMs): void {
    const outcome = this.kernels.meet(BARRIER, this.count, SPINS, patienceMs);
    if (outcome !== 0) throw new LostThreadError(outcome === GAVE_UP);
  }

  /** Sends all others away from their barriers: this thread will not come to it. */
  giveUp(): void {
    this.kernels.giveUp(BARRIER);
  }

  /** This thread's part [from, to) of 0..size, in whole units but for the end. */
  share(size: number, unit: number): [from: number, to: number] {
    const units = Math.ceil(size / unit);
    const cut = (index: number) => Math.min(size, unit * Math.floor(units * index / this.count));
    return [cut(this.index), cut(this.index + 1)];
  }
}
