// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog, scaleUtc } from "d3-scale";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import type { BoardRecord } from "../lib/leaderboard/pictures.ts";
import {
  ChartFrame,
  ChartLine,
  isDrawn,
  logTicks,
  ModelPoint,
  stairs,
  TOP,
} from "./chart_parts.tsx";
import { formatScore } from "./format.ts";
import { stateWord } from "./states.ts";

const FLOOR = 300;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
  .concat(["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]);

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
  const x = scaleUtc([start, end], [0, 100]);
  const y = scoreAxis(benchmark, ascending.map(({ score }) => score));
  const placed = ascending.map((record) => ({
    ...record,
    x: x(record.since),
    y: y.place(record.score),
  }));
  const spanMs = end.getTime() - start.getTime();
  return (
    <figure>
      <ChartFrame
        label={`${ascending.length} records of ${benchmark.name} over time, the last ${
          formatScore(ascending[ascending.length - 1].score, benchmark.unit)
        }`}
        idle="Point at a record to read about it."
        floor={FLOOR}
        x={x.ticks(4).map((tick) => ({ at: x(tick), text: timeText(tick, spanMs) }))}
        y={y.ticks.map((tick) => ({ at: y.place(tick), text: scoreText(tick, benchmark) }))}
        xLabel="Submitted, UTC"
      >
        <ChartLine path={`${stairs(placed)}H100`} floor={FLOOR} />
        {placed.map((record) => (
          <ModelPoint
            key={record.entryId}
            point={record}
            details={[
              formatScore(record.score, benchmark.unit),
              `since ${record.since.toISOString().slice(0, 10)}`,
              stateWord(record.provenance).word,
            ].join(" · ")}
            front
          />
        ))}
      </ChartFrame>
      <figcaption>
        The best score so far, by the time of submission. Filled: proven by exact replay.
      </figcaption>
    </figure>
  );
}

/** As fine as the span needs: years, days, hours. */
function timeText(time: Date, spanMs: number): string {
  const day = `${time.getUTCDate()} ${MONTHS[time.getUTCMonth()]}`;
  if (spanMs > 300 * DAY_MS) return `${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()}`;
  const clock = time.toISOString().slice(11, 16);
  return spanMs > 4 * DAY_MS || clock === "00:00" ? day : clock;
}

function scoreText(value: number, { unit }: Benchmark): string {
  return unit === "%" ? `${value} %` : String(Number(value.toPrecision(4)));
}

function scoreAxis({ unit }: Benchmark, values: readonly number[]) {
  const range = [FLOOR, TOP];
  if (unit === "%") return { place: scaleLinear([0, 100], range), ticks: [0, 25, 50, 75, 100] };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  // Little more than a decade at most: plain steps read better unless it is more.
  if (high / low > 4) {
    const domain = [low / 1.1, high * 1.1] as const;
    return { place: scaleLog(domain, range), ticks: logTicks(...domain, 7) };
  }
  const plain = scaleLinear([low, Math.max(high, low * 1.05)], range).nice(5);
  return { place: plain, ticks: plain.ticks(5) };
}
