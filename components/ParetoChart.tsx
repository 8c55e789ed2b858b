// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog } from "d3-scale";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { Cost, ParetoPoint } from "../lib/leaderboard/pictures.ts";
import { isDrawn, ModelPoint, ScoreGrid, stairs } from "./chart_parts.tsx";
import { formatFlops, formatParameters, formatScore } from "./format.ts";

const WIDTH = 480;
const HEIGHT = 360;
const LEFT = 52;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 44;
/** Names beside points closer than this would cover each other. */
const LABEL_HEIGHT = 15;
const LABEL_LENGTH = 20;

const COSTS = {
  parameters: { label: "Parameters", format: formatParameters },
  trainingFlops: { label: "Training FLOPs, computed", format: formatFlops },
} as const;

type Placed = ParetoPoint & { x: number; y: number };

/** Score against a cost, both on logarithmic axes (percentages on a plain one); the front is drawn. */
export function ParetoChart(
  { benchmark, cost, points }: {
    benchmark: Benchmark;
    cost: Cost;
    points: readonly ParetoPoint[];
  },
) {
  const scored = points.filter((point) => (point[cost] ?? 0) > 0);
  const known = scored.filter(({ score }) => isDrawn(benchmark, score));
  if (known.length === 0) return null;
  const hidden = scored.length - known.length;
  const { label } = COSTS[cost];
  const x = costScale(known.map((point) => point[cost]!));
  const y = scoreScale(benchmark, known.map(({ score }) => score));
  const placed = known.map((point) => ({ ...point, x: x(point[cost]!), y: y(point.score) }));
  const front = placed.filter(({ onFront }) => onFront[cost]).sort((a, b) => a.x - b.x);
  const labelled = withRoom(front);
  return (
    <figure>
      <svg
        class="chart pareto"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label={`${benchmark.name} against ${label.toLowerCase()}: ${front.length} of ${known.length} models on the front`}
      >
        {powersOf(x).map((tick, i, ticks) => (
          <g key={tick}>
            <path class="grid" d={`M${x(tick).toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}`} />
            <text
              x={x(tick).toFixed(1)}
              y={HEIGHT - BOTTOM + 18}
              text-anchor={i === ticks.length - 1 && ticks.length > 1 ? "end" : "middle"}
            >
              {tickText(tick, cost)}
            </text>
          </g>
        ))}
        <ScoreGrid
          benchmark={benchmark}
          ticks={scoreTicks(benchmark, y)}
          y={y}
          left={LEFT}
          right={WIDTH - RIGHT}
        />
        <text x={(LEFT + WIDTH - RIGHT) / 2} y={HEIGHT - 6} text-anchor="middle">{label}</text>
        <path class="line" d={stairs(front)} />
        {placed.filter((point) => !point.onFront[cost]).map((point) => (
          <Point key={point.entryId} point={point} words={words(point, benchmark, cost)} />
        ))}
        {front.map((point) => (
          <Point
            key={point.entryId}
            point={point}
            words={words(point, benchmark, cost)}
            front
            label={labelled.has(point)}
          />
        ))}
      </svg>
      <figcaption>
        {benchmark.lowerIsBetter ? "Lower" : "Higher"}{" "}
        and further left is better. Filled: proven by exact replay.{hidden > 0 &&
          ` Worse than guessing bytes, not drawn: ${hidden}.`}
      </figcaption>
    </figure>
  );
}

function Point(
  { point, words, front = false, label = false }: {
    point: Placed;
    words: string;
    front?: boolean;
    label?: boolean;
  },
) {
  const onRight = point.x < WIDTH / 2;
  return (
    <ModelPoint point={point} words={words} front={front}>
      <text
        class={label ? undefined : "on-demand"}
        x={(point.x + (onRight ? 9 : -9)).toFixed(1)}
        y={(point.y + (point.y > HEIGHT - BOTTOM - 20 ? -9 : 14)).toFixed(1)}
        text-anchor={onRight ? "start" : "end"}
      >
        {clip(point.name)}
      </text>
    </ModelPoint>
  );
}

function words(point: ParetoPoint, { unit }: Benchmark, cost: Cost): string {
  const value = point[cost];
  const { format } = COSTS[cost];
  const amount = cost === "parameters"
    ? `${format(value)} parameters`
    : `${format(value)} training FLOPs`;
  const place = point.onFront[cost] ? ", on the front" : "";
  return `${point.name} by ${point.author}: ${formatScore(point.score, unit)}, ${amount}${place}`;
}

/** Whole powers of ten around the values, so that every axis has at least two of them. */
function costScale(values: readonly number[]) {
  const low = Math.floor(Math.log10(Math.min(...values) / 1.3));
  const high = Math.ceil(Math.log10(Math.max(...values) * 1.3));
  return scaleLog([10 ** low, 10 ** high], [LEFT, WIDTH - RIGHT]);
}

function powersOf(scale: ReturnType<typeof costScale>): number[] {
  const powers = scale.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  const every = Math.ceil(powers.length / 6);
  return powers.filter((_, i) => i % every === 0);
}

/** "10 k", "1 M"; FLOPs as a bare power: "10¹²". */
function tickText(power: number, cost: Cost): string {
  const text = COSTS[cost].format(power);
  return cost === "trainingFlops" ? text.replace(/^1\.0.×./, "") : text.replace(/\.0+(?=\D|$)/, "");
}

function scoreScale({ unit }: Benchmark, values: readonly number[]) {
  const range = [HEIGHT - BOTTOM, TOP];
  if (unit === "%") return scaleLinear([0, 100], range);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return scaleLog([low / 1.05, Math.max(high * 1.05, low * 1.3)], range);
}

function scoreTicks({ unit }: Benchmark, scale: ReturnType<typeof scoreScale>): number[] {
  if (unit === "%") return [0, 25, 50, 75, 100];
  const ticks = scale.ticks(6);
  const every = Math.ceil(ticks.length / 7);
  return ticks.filter((_, i) => i % every === 0);
}

/** Those of the front whose names do not cover one another. */
function withRoom(front: readonly Placed[]): Set<Placed> {
  const shown: Placed[] = [];
  for (const point of front.toReversed()) {
    if (shown.every(({ y }) => Math.abs(y - point.y) >= LABEL_HEIGHT)) shown.push(point);
  }
  return new Set(shown);
}

function clip(name: string): string {
  const letters = [...name];
  return letters.length > LABEL_LENGTH ? `${letters.slice(0, LABEL_LENGTH - 1).join("")}…` : name;
}
