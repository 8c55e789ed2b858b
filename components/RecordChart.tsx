// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { BoardRecord } from "../lib/leaderboard/pictures.ts";
import { isDrawn, ModelPoint, ScoreGrid, stairs } from "./chart_parts.tsx";
import { formatScore } from "./format.ts";

const WIDTH = 960;
const HEIGHT = 300;
const LEFT = 56;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 32;
const HOUR_MS = 3_600_000;

/** The best score over time as steps; `records` newest first. */
export function RecordChart(
  { benchmark, records, now }: {
    benchmark: Benchmark;
    records: readonly BoardRecord[];
    now: Date;
  },
) {
  const ascending = records.filter(({ score }) => isDrawn(benchmark, score)).toReversed();
  if (ascending.length === 0) return null;
  const start = ascending[0].since;
  // A board of a minute's age still has an axis.
  const end = new Date(Math.max(now.getTime(), start.getTime() + HOUR_MS));
  const x = scaleUtc([start, end], [LEFT, WIDTH - RIGHT]);
  const y = scoreScale(benchmark, ascending.map(({ score }) => score));
  const placed = ascending.map((record) => ({ ...record, x: x(record.since), y: y(record.score) }));
  const timeText = x.tickFormat(5);
  return (
    <figure>
      <svg
        class="chart pareto"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="group"
        aria-label={`${ascending.length} records of ${benchmark.name} over time, the last ${
          formatScore(ascending[ascending.length - 1].score, benchmark.unit)
        }`}
      >
        <ScoreGrid
          benchmark={benchmark}
          ticks={y.ticks(5)}
          y={y}
          left={LEFT}
          right={WIDTH - RIGHT}
        />
        {x.ticks(5).map((tick) => (
          <text
            key={tick.getTime()}
            x={x(tick).toFixed(1)}
            y={HEIGHT - 10}
            text-anchor="middle"
          >
            {timeText(tick)}
          </text>
        ))}
        <path class="line" d={`${stairs(placed)}H${WIDTH - RIGHT}`} />
        {placed.map((record) => {
          const words = `${record.name} by ${record.author}: ${
            formatScore(record.score, benchmark.unit)
          }, since ${record.since.toISOString().slice(0, 10)}`;
          return <ModelPoint key={record.entryId} point={record} words={words} front />;
        })}
      </svg>
      <figcaption>
        The best score so far, by the time of submission. Filled: proven by exact replay.
      </figcaption>
    </figure>
  );
}

function scoreScale({ unit }: Benchmark, values: readonly number[]) {
  const range = [HEIGHT - BOTTOM, TOP];
  if (unit === "%") return scaleLinear([0, 100], range);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // Little more than a decade at most: plain steps read better unless it is more.
  return high / low > 4
    ? scaleLog([low / 1.1, high * 1.1], range)
    : scaleLinear([low, Math.max(high, low * 1.05)], range).nice(5);
}
