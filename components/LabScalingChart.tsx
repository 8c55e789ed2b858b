// @ts-types="@types/d3-scale"
import { scaleLinear, scaleLog } from "d3-scale";
import type { MeanRow } from "../lib/lab/analysis.ts";
import { bySize } from "../lib/lab/analysis.ts";
import type { LabModel } from "../lib/lab/types.ts";
import {
  ChartFrame,
  ChartLine,
  evenTicks,
  logTicks,
  percent,
  polyline,
  px,
} from "./chart_parts.tsx";
import { shortCount } from "./format.ts";
import { intervalText } from "./LabMeansChart.tsx";

const FLOOR = 340;
const TOP = 16;
/** Between two names at the right end, in pixels. */
const NAME_HEIGHT = 15;

interface Placed {
  x: number;
  y: number;
  low: number;
  high: number;
  words: string;
}

/** Mean score against parameters on a logarithmic axis: a line of each category, and of all. */
export function LabScalingChart({ overall, categories, models, levels }: {
  overall: MeanRow;
  categories: readonly MeanRow[];
  models: readonly LabModel[];
  levels: readonly number[];
}) {
  const sorted = bySize(models);
  const sizes = sorted.flatMap(({ parameters }) => parameters ?? []);
  if (new Set(sizes).size < 2) return null;
  const [least, most] = [Math.min(...sizes) / 1.3, Math.max(...sizes) * 1.3];
  // Room for names on the right.
  const x = scaleLog([least, most], [0, 60]);
  const y = scaleLinear([levels[0], levels[levels.length - 1]], [FLOOR, TOP]);
  const lineOf = (row: MeanRow) => placed(row, sorted, x, y);
  const lines = categories.map((row) => ({ row, points: lineOf(row) }));
  const all = lineOf(overall);
  const heights = spread(
    [...lines, { row: overall, points: all }].map(({ points }) => points.at(-1)?.y ?? FLOOR),
  );
  return (
    <figure>
      <ChartFrame
        label={`Mean score of ${sizes.length} models against their parameters`}
        top={TOP}
        floor={FLOOR}
        x={logTicks(least, most, 4).map((tick) => ({ at: x(tick), text: shortCount(tick) }))}
        y={evenTicks(levels[0], levels[levels.length - 1], 6).map((tick) => ({
          at: y(tick),
          text: String(tick),
        }))}
        xLabel="Parameters"
      >
        {lines.map(({ row, points }, at) => (
          <ScalingLine key={row.id} name={row.label} points={points} nameY={heights[at]} />
        ))}
        <ScalingLine name={overall.label} points={all} nameY={heights.at(-1)!} strong />
      </ChartFrame>
      <figcaption>
        Bold: all scores, with 95 % intervals. Models of unknown size are not drawn.
      </figcaption>
    </figure>
  );
}

function placed(
  { label, means }: MeanRow,
  models: readonly LabModel[],
  x: (value: number) => number,
  y: (value: number) => number,
): Placed[] {
  return models.flatMap(({ name, parameters }, at) => {
    const { sum, count, interval } = means[at];
    if (parameters === null || count === 0) return [];
    const value = sum / count;
    return [{
      x: x(parameters),
      y: y(value),
      low: y(interval?.[0] ?? value),
      high: y(interval?.[1] ?? value),
      words: `${label}, ${name}: ${value.toFixed(2)}${intervalText(interval)}`,
    }];
  });
}

function ScalingLine({ name, points, nameY, strong = false }: {
  name: string;
  points: readonly Placed[];
  nameY: number;
  strong?: boolean;
}) {
  const last = points.at(-1);
  if (last === undefined) return null;
  return (
    <g class={strong ? "scaling strong" : "scaling"}>
      <ChartLine path={polyline(points)} floor={FLOOR} look={strong ? "" : "thin"} />
      {points.map(({ x, y, low, high, words }) => (
        <g key={x}>
          <title>{words}</title>
          {strong && (
            <line class="line" x1={percent(x)} x2={percent(x)} y1={px(low)} y2={px(high)} />
          )}
          <circle cx={percent(x)} cy={px(y)} r={strong ? 4.5 : 3} />
        </g>
      ))}
      <text class="name" x={percent(last.x)} dx="10" y={px(nameY + 4)}>{name}</text>
    </g>
  );
}

/** Heights near those wanted, none closer to another than a line of text. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => wanted[a] - wanted[b]);
  const heights = [...wanted];
  for (let pass = 0; pass < 40; pass++) {
    for (let at = 1; at < order.length; at++) {
      const [above, below] = [order[at - 1], order[at]];
      const missing = NAME_HEIGHT - (heights[below] - heights[above]);
      if (missing <= 0) continue;
      heights[above] -= missing / 2;
      heights[below] += missing / 2;
    }
  }
  return heights;
}
