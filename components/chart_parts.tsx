// What the pictures of scores share: grid, steps, points, and which scores are drawn at all.

import type { ComponentChildren } from "preact";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";

/** A perplexity above 256 is worse than guessing every byte, and would flatten all others. */
export function isDrawn({ unit }: Benchmark, score: number): boolean {
  return unit === "%" || score <= 256;
}

/** A line across for each score, with its value at the left end. */
export function ScoreGrid(
  { benchmark, ticks, y, left, right }: {
    benchmark: Benchmark;
    ticks: readonly number[];
    y: (score: number) => number;
    left: number;
    right: number;
  },
) {
  return (
    <>
      {ticks.map((tick) => (
        <g key={tick}>
          <path class="grid" d={`M${left} ${y(tick).toFixed(1)}H${right}`} />
          <text x={left - 8} y={(y(tick) + 4).toFixed(1)} text-anchor="end">
            {benchmark.unit === "%" ? `${tick} %` : tick}
          </text>
        </g>
      ))}
    </>
  );
}

/** From each point straight across to the next, then to its height. */
export function stairs(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, i) =>
    i === 0 ? `M${x.toFixed(1)} ${y.toFixed(1)}` : `H${x.toFixed(1)}V${y.toFixed(1)}`
  ).join("");
}

/** A model at its place, linked to its page and filled when proven; `words` tell the rest. */
export function ModelPoint(
  { point, words, front, children }: {
    point: { entryId: string; provenance: string; x: number; y: number };
    words: string;
    front: boolean;
    /** Drawn beside the circle. */
    children?: ComponentChildren;
  },
) {
  return (
    <a
      href={`/models/${point.entryId}`}
      class={`point${front ? " front" : ""}${point.provenance === "exact" ? " proven" : ""}`}
      aria-label={words}
      tabIndex={front ? undefined : -1}
    >
      <title>{words}</title>
      <circle cx={point.x.toFixed(1)} cy={point.y.toFixed(1)} r={front ? 5 : 3.5} />
      {children}
    </a>
  );
}
