// What the pictures share: a frame as wide as there is room whose text keeps its size, axes, lines,
// and points that tell of a model. Across, positions are percent of the frame; down, pixels.

// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
import type { ComponentChildren } from "preact";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";

/** Of every picture: room for two lines of details above, and for ticks and a label below. */
export const TOP = 46;
const BOTTOM = 44;
/** Left of the frame, above its values. */
const DETAILS_X = -48;

export interface Tick {
  at: number;
  text: string;
}

/** A perplexity above 256 is worse than guessing every byte, and would flatten all others. */
export function isDrawn({ unit }: Benchmark, score: number): boolean {
  return unit === "%" || score <= 256;
}

/**
 * A grid with its values left and below, and `children` over it. The area is from `top` to `floor`,
 * in pixels; `idle` stands above while nothing is pointed at.
 */
export function ChartFrame(
  { label, top = TOP, floor, x, y, xLabel, idle, children }: {
    label: string;
    top?: number;
    floor: number;
    x: readonly Tick[];
    y: readonly Tick[];
    xLabel?: string;
    idle?: string;
    children: ComponentChildren;
  },
) {
  return (
    <svg class="chart" role={idle ? "group" : "img"} aria-label={label} height={floor + BOTTOM}>
      {idle && <text class="idle" x={DETAILS_X} y="14" aria-hidden="true">{idle}</text>}
      {y.map(({ at, text }) => (
        <g key={at}>
          <line class="grid" x1="0" x2="100%" y1={px(at)} y2={px(at)} />
          <text x="-8" y={px(at + 4)} text-anchor="end">{text}</text>
        </g>
      ))}
      {x.map(({ at, text }) => (
        <g key={at}>
          <line class="grid" x1={percent(at)} x2={percent(at)} y1={top} y2={floor + 5} />
          <text x={percent(at)} y={floor + 19} text-anchor={at > 92 ? "end" : "middle"}>
            {text}
          </text>
        </g>
      ))}
      {xLabel && <text x="50%" y={floor + 38} text-anchor="middle">{xLabel}</text>}
      {children}
    </svg>
  );
}

/** A line over the whole frame; `path` is in percent across and pixels down. */
export function ChartLine({ path, floor, look = "" }: {
  path: string;
  floor: number;
  look?: string;
}) {
  return (
    <svg width="100%" height={floor} viewBox={`0 0 100 ${floor}`} preserveAspectRatio="none">
      <path class={`line ${look}`} d={path} />
    </svg>
  );
}

/** From each point straight across to the next, then to its height. */
export function stairs(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, i) => i === 0 ? `M${px(x)} ${px(y)}` : `H${px(x)}V${px(y)}`)
    .join("");
}

/** From each point to the next. */
export function polyline(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${px(x)} ${px(y)}`).join("");
}

export interface PlacedModel {
  entryId: string;
  name: string;
  author: string;
  provenance: string;
  x: number;
  y: number;
}

/**
 * A model at its place, linked to its page and filled when proven. While it is pointed at or has the
 * focus, its name and `details` stand above the picture.
 */
export function ModelPoint(
  { point, details, front, children }: {
    point: PlacedModel;
    details: string;
    front: boolean;
    /** Drawn beside the circle. */
    children?: ComponentChildren;
  },
) {
  const words = `${point.name} by ${point.author}: ${details}`;
  return (
    <a
      href={`/models/${point.entryId}`}
      class={`point${front ? " front" : ""}${point.provenance === "exact" ? " proven" : ""}`}
      tabIndex={front ? undefined : -1}
    >
      <title>{words}</title>
      <ellipse cx={percent(point.x)} cy={px(point.y)} rx="12" ry="12" />
      <circle cx={percent(point.x)} cy={px(point.y)} r={front ? 5 : 3.5} />
      {children}
      <g class="details" aria-hidden="true">
        <text class="name" x={DETAILS_X} y="14">{clip(point.name, 34)}</text>
        <text x={DETAILS_X} y="31">{details}</text>
      </g>
    </a>
  );
}

export function clip(text: string, most: number): string {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

/** Of a position across. */
export function percent(value: number): string {
  return `${px(value)}%`;
}

/** Of a position in pixels: a tenth of one cannot be seen. */
export function px(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** At most `most` round values within [low, high], at even distances. */
export function evenTicks(low: number, high: number, most: number): number[] {
  const scale = scaleLinear([low, high], [0, 1]);
  for (let count = most;; count--) {
    const ticks = scale.ticks(count);
    if (ticks.length <= most || count === 1) return ticks;
  }
}

/** Of each power of ten, the closest first. */
const STEPS = [[1, 2, 3, 4, 5, 6, 8], [1, 2, 5], [1, 3], [1]];

/**
 * At most `most` round values within [low, high] for a logarithmic axis: by 1, 2, 5 or powers of ten
 * alone, and at even distances where the ends are near each other.
 */
export function logTicks(low: number, high: number, most: number): number[] {
  if (high / low < 4) return evenTicks(low, high, most);
  const first = Math.floor(Math.log10(low));
  const decades = Array.from(
    { length: Math.ceil(Math.log10(high)) - first + 1 },
    (_, i) => first + i,
  );
  for (const steps of STEPS) {
    const ticks = decades
      .flatMap((decade) => steps.map((step) => Number(`${step}e${decade}`)))
      .filter((tick) => tick >= low && tick <= high);
    if (ticks.length <= most) return ticks;
  }
  const every = Math.ceil(decades.length / most);
  return decades.filter((_, i) => i % every === 0).map((decade) => Number(`1e${decade}`))
    .filter((tick) => tick >= low && tick <= high);
}
