// The curve of a run of any length in a bounded number of points. Draws nothing.

import type { CurvePoint } from "./runs.ts";

/** Beyond this, points are joined two by two. */
const MOST_POINTS = 256;

/** A point, and the number of steps it is the mean of. */
type Part = [point: CurvePoint, steps: number];

/** Means over equal spans of steps: a span doubles whenever there are too many. */
export class Curve {
  #points: CurvePoint[];
  #span: number;
  /** Of the span that is not full yet. */
  #open: Part[] = [];

  /** Goes on from the points up to `step`; each stands at the last step of its span. */
  constructor(points: readonly CurvePoint[] = [], step = Infinity) {
    this.#points = points.filter((point) => point.step <= step);
    this.#span = this.#points[0]?.step ?? 1;
  }

  get points(): CurvePoint[] {
    return [...this.#points];
  }

  /** The next step of the run. */
  add(point: CurvePoint): void {
    this.#open.push([point, 1]);
    if (point.step % this.#span !== 0) return;
    this.#points.push(mean(this.#open));
    this.#open = [];
    if (this.#points.length > MOST_POINTS) this.#joinPairs();
  }

  #joinPairs(): void {
    const parts = this.#points.map((point): Part => [point, this.#span]);
    this.#points = [];
    for (let i = 0; i + 1 < parts.length; i += 2) this.#points.push(mean(parts.slice(i, i + 2)));
    // One that has no partner waits for it.
    if (parts.length % 2 === 1) this.#open = parts.slice(-1);
    this.#span *= 2;
  }
}

function mean(parts: readonly Part[]): CurvePoint {
  const steps = parts.reduce((sum, [, count]) => sum + count, 0);
  const of = (pick: (point: CurvePoint) => number) =>
    parts.reduce((sum, [point, count]) => sum + pick(point) * count, 0) / steps;
  return {
    step: parts[parts.length - 1][0].step,
    loss: of(({ loss }) => loss),
    gradNorm: of(({ gradNorm }) => gradNorm),
  };
}
