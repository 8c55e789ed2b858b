// How fast a run goes: over the last seconds, so that what a machine did a minute ago does not count.

/** Speed is that of so long a time. */
const WINDOW_MS = 8000;

export class RunPace {
  /** Steps and when they were done, of the last seconds. */
  #window: { step: number; ms: number }[];

  /** A run that goes on from `step` at `nowMs`. */
  constructor(step: number, nowMs: number) {
    this.#window = [{ step, ms: nowMs }];
  }

  add(step: number, nowMs: number): void {
    this.#window.push({ step, ms: nowMs });
    while (nowMs - this.#window[0].ms > WINDOW_MS && this.#window.length > 2) this.#window.shift();
  }

  /** What was not training does not count: it begins anew. */
  restart(step: number, nowMs: number): void {
    this.#window = [{ step, ms: nowMs }];
  }

  /** Milliseconds a step takes; NaN before the first. */
  get msPerStep(): number {
    const first = this.#window[0], last = this.#window[this.#window.length - 1];
    return (last.ms - first.ms) / (last.step - first.step);
  }
}
