// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
import type { MeanRow, Spread } from "../lib/lab/analysis.ts";
import { ChartFrame, evenTicks, percent, px } from "./chart_parts.tsx";
import { MODEL_LOOKS, ModelKeys } from "./LabModelKeys.tsx";

const TOP = 8;
const LABEL_HEIGHT = 22;
const LINE_HEIGHT = 13;
const GAP = 12;

/** A line for each model below the name of each category: the mean and its 95 % interval. */
export function LabMeansChart(
  { rows, models, levels }: {
    rows: readonly MeanRow[];
    /** Names, in the order of the means. */
    models: readonly string[];
    levels: readonly number[];
  },
) {
  const height = LABEL_HEIGHT + LINE_HEIGHT * models.length + GAP;
  const floor = TOP + rows.length * height;
  const [low, high] = [levels[0], levels[levels.length - 1]];
  const x = scaleLinear([low, high], [0, 100]);
  return (
    <figure>
      <ChartFrame
        label={`Mean score of ${models.length} models in ${rows.length} categories`}
        top={TOP}
        floor={floor}
        x={evenTicks(low, high, 6).map((tick) => ({ at: x(tick), text: String(tick) }))}
        y={[]}
        xLabel="Mean score"
      >
        {rows.map(({ id, label, means }, row) => (
          <g key={id}>
            <text class="name" x="0" y={px(TOP + row * height + 15)}>{label}</text>
            {means.map((mean, at) => (
              <Whisker
                key={models[at]}
                mean={mean}
                at={at}
                name={`${label}, ${models[at]}`}
                x={x}
                y={TOP + row * height + LABEL_HEIGHT + LINE_HEIGHT * (at + 0.5)}
              />
            ))}
          </g>
        ))}
      </ChartFrame>
      <figcaption>
        <ModelKeys models={models} /> Lines: 95 % interval, completions drawn with all their scores.
      </figcaption>
    </figure>
  );
}

function Whisker({ mean: { sum, count, interval }, at, name, x, y }: {
  mean: Spread;
  at: number;
  name: string;
  x: (value: number) => number;
  y: number;
}) {
  if (count === 0) return null;
  const value = sum / count;
  return (
    <g class={`curve ${MODEL_LOOKS[at % MODEL_LOOKS.length]}`}>
      <title>{`${name}: ${value.toFixed(2)}${intervalText(interval)}`}</title>
      {interval && (
        <line
          class="line"
          x1={percent(x(interval[0]))}
          x2={percent(x(interval[1]))}
          y1={px(y)}
          y2={px(y)}
        />
      )}
      <circle cx={percent(x(value))} cy={px(y)} r="4" />
    </g>
  );
}

export function intervalText(interval: [number, number] | null): string {
  return interval ? ` (${interval[0].toFixed(2)} to ${interval[1].toFixed(2)})` : "";
}
