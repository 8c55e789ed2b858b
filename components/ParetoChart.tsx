// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog } from "d3-scale";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { Cost, ParetoPoint } from "../lib/leaderboard/pictures.ts";
import {
  ChartFrame,
  ChartLine,
  clip,
  isDrawn,
  logTicks,
  ModelPoint,
  percent,
  px,
  stairs,
  TOP,
} from "./chart_parts.tsx";
import { formatFlops, formatParameters, formatScore, shortCount } from "./format.ts";
import { stateWord } from "./states.ts";

const FLOOR = 340;
/** What a name takes: pixels down, and percent across on a narrow screen. */
const ROOM = { x: 40, y: 16 };
const LABEL_LENGTH = 18;

const COSTS = {
  parameters: { label: "Parameters", unit: "parameters", format: formatParameters },
  trainingFlops: {
    label: "Training FLOPs, computed",
    unit: "training FLOPs",
    format: formatFlops,
  },
} as const;

type Placed = ParetoPoint & { x: number; y: number };

/** A model that is not on the board, as far as it is known. */
export type OwnModel = { score: number } & Partial<Record<Cost, number>>;

interface Props {
  benchmark: Benchmark;
  cost: Cost;
  points: readonly ParetoPoint[];
  /** Shown among the others. */
  own?: OwnModel | null;
}

/** Score against a cost, both on logarithmic axes (percentages on a plain one); the front is drawn. */
export function ParetoChart({ benchmark, cost, points, own = null }: Props) {
  const scored = points.filter((point) => (point[cost] ?? 0) > 0);
  const known = nearFront(benchmark, cost, scored);
  const shown = own && isDrawn(benchmark, own.score) && own[cost] ? [own] : [];
  if (known.length + shown.length === 0) return null;
  const x = costAxis([...known, ...shown].map((point) => point[cost]!));
  const y = scoreAxis(benchmark, [...known, ...shown].map(({ score }) => score));
  const placed = known.map((point) => ({
    ...{ ...point, x: x.place(point[cost]!), y: y.place(point.score) },
  }));
  const front = placed.filter(({ onFront }) => onFront[cost]).sort((a, b) => a.x - b.x);
  return (
    <figure>
      <h3>Score against {COSTS[cost].unit}</h3>
      <ChartFrame
        {...words(benchmark, cost, { front: front.length, known: known.length })}
        floor={FLOOR}
        x={x.ticks.map((tick) => ({ at: x.place(tick), text: costText(tick, cost) }))}
        y={y.ticks.map((tick) => ({ at: y.place(tick), text: scoreText(tick, benchmark) }))}
      >
        <ChartLine path={stairs(front)} floor={FLOOR} />
        <Models {...{ benchmark, cost, placed, front }} />
        {shown.map(({ score, [cost]: size }) => (
          <OwnPoint key="own" x={x.place(size!)} y={y.place(score)} />
        ))}
      </ChartFrame>
      <figcaption>
        {benchmark.lowerIsBetter ? "Lower" : "Higher"}{" "}
        and further left is better. Filled: proven by exact replay.
        {scored.length > known.length &&
          ` Far behind, not drawn: ${scored.length - known.length}.`}
        {own && ownWords(shown.length > 0)}
      </figcaption>
    </figure>
  );
}

/** What the picture is of. There may be no model but the visitor's own. */
function words({ name }: Benchmark, cost: Cost, count: { front: number; known: number }) {
  const { label: xLabel, unit } = COSTS[cost];
  const title = `${name} against ${unit}`;
  if (count.known === 0) return { xLabel, label: `${title}: yours alone` };
  return {
    xLabel,
    label: `${title}: ${count.front} of ${count.known} models on the front`,
    idle: "Point at a model to read about it.",
  };
}

function ownWords(isDrawn: boolean): string {
  return isDrawn
    ? " Yours stands where the board would have it now."
    : " Yours cannot be drawn: it is too far behind, or its cost is not known.";
}

/** The front last: over the others. */
function Models({ benchmark, cost, placed, front }: Pick<Props, "benchmark" | "cost"> & {
  placed: readonly Placed[];
  front: readonly Placed[];
}) {
  const labelled = withRoom(front, benchmark);
  return (
    <>
      {[...placed.filter(({ onFront }) => !onFront[cost]), ...front].map((point) => (
        <ModelPoint
          key={point.entryId}
          point={point}
          details={details(point, benchmark, cost)}
          front={point.onFront[cost]}
        >
          {labelled.has(point) && <Label point={point} benchmark={benchmark} />}
        </ModelPoint>
      ))}
    </>
  );
}

function OwnPoint({ x, y }: { x: number; y: number }) {
  return (
    <g class="point own">
      <circle cx={percent(x)} cy={px(y)} r={6} />
      <text
        class="name"
        x={percent(x)}
        dx={x < ROOM.x ? 11 : -11}
        y={px(y + 4)}
        text-anchor={x < ROOM.x ? "start" : "end"}
      >
        yours
      </text>
    </g>
  );
}

/** Perplexities beyond this multiple of the worst on the front would flatten all the others. */
const FAR_BEHIND = 3;

function nearFront(
  benchmark: Benchmark,
  cost: Cost,
  points: readonly ParetoPoint[],
): ParetoPoint[] {
  const drawn = points.filter(({ score }) => isDrawn(benchmark, score));
  if (benchmark.unit === "%") return drawn;
  const front = drawn.filter(({ onFront }) => onFront[cost]).map(({ score }) => score);
  const limit = FAR_BEHIND * Math.max(...front);
  return front.length === 0 ? drawn : drawn.filter(({ score }) => score <= limit);
}

function Label({ point, benchmark }: { point: Placed; benchmark: Benchmark }) {
  const onRight = isLabelledRight(point);
  return (
    <text
      class="name"
      aria-hidden="true"
      x={percent(point.x)}
      dx={onRight ? 9 : -9}
      y={px(labelHeight(point, benchmark))}
      text-anchor={onRight ? "start" : "end"}
    >
      {clip(point.name, LABEL_LENGTH)}
    </text>
  );
}

function isLabelledRight({ x }: Placed): boolean {
  return x < ROOM.x;
}

/** On the side where no model can be: better than the front. */
function labelHeight({ y }: Placed, { lowerIsBetter }: Benchmark): number {
  return lowerIsBetter && y < FLOOR - 20 ? y + 16 : y - 9;
}

function details(point: ParetoPoint, { unit }: Benchmark, cost: Cost): string {
  return [
    formatScore(point.score, unit),
    `${COSTS[cost].format(point[cost])} ${cost === "parameters" ? "parameters" : "FLOPs"}`,
    stateWord(point.provenance).word,
    ...point.onFront[cost] ? ["on the front"] : [],
  ].join(" · ");
}

interface Axis {
  place: (value: number) => number;
  ticks: number[];
}

function costAxis(values: readonly number[]): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // About a decade at least: marks closer to each other would overlap.
  const room = most < 2 * least ? 3.5 : 1.5;
  const [low, high] = [least / room, most * room];
  return { place: scaleLog([low, high], [0, 100]), ticks: logTicks(low, high, 5) };
}

function scoreAxis({ unit }: Benchmark, values: readonly number[]): Axis {
  const range = [FLOOR, TOP];
  if (unit === "%") return { place: scaleLinear([0, 100], range), ticks: [0, 25, 50, 75, 100] };
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const [low, high] = [least / 1.05, Math.max(most * 1.05, least * 1.3)];
  return { place: scaleLog([low, high], range), ticks: logTicks(low, high, 7) };
}

function costText(value: number, cost: Cost): string {
  return cost === "parameters" ? shortCount(value) : formatFlops(value).replace(/^1\.0.×./, "")
    .replace(".0", "");
}

function scoreText(value: number, { unit }: Benchmark): string {
  return unit === "%" ? `${value} %` : String(Number(value.toPrecision(3)));
}

/** Those of the front whose names do not cover one another. */
function withRoom(front: readonly Placed[], benchmark: Benchmark): Set<Placed> {
  const shown: Placed[] = [];
  const middle = (point: Placed) => point.x + (isLabelledRight(point) ? ROOM.x : -ROOM.x) / 2;
  for (const point of front.toReversed()) {
    const free = shown.every((other) =>
      Math.abs(labelHeight(other, benchmark) - labelHeight(point, benchmark)) >= ROOM.y ||
      Math.abs(middle(other) - middle(point)) >= ROOM.x
    );
    if (free) shown.push(point);
  }
  return new Set(shown);
}
