// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
import type { CriterionAgreement } from "../lib/lab/analysis.ts";
import { ChartFrame, percent, px } from "./chart_parts.tsx";
import { intervalText } from "./LabMeansChart.tsx";

const TOP = 8;
const ROW_HEIGHT = 40;

/** How much milder the second rater is than the first, criterion by criterion. */
export function LabBiasChart({ rows, first, second }: {
  rows: readonly CriterionAgreement[];
  first: string;
  second: string;
}) {
  const ends = rows.flatMap(({ bias }) => bias.interval ?? [bias.sum / bias.count]);
  const reach = Math.max(0.1, ...ends.map(Math.abs));
  const x = scaleLinear([-reach, reach], [0, 100]).nice(4);
  const floor = TOP + rows.length * ROW_HEIGHT;
  return (
    <figure>
      <ChartFrame
        label={`How much milder ${second} is than ${first}, for ${rows.length} criteria`}
        top={TOP}
        floor={floor}
        x={x.ticks(4).map((tick) => ({ at: x(tick), text: signed(tick) }))}
        y={[]}
        xLabel={`Mean of ${second} − ${first}`}
      >
        <line class="zero" x1={percent(x(0))} x2={percent(x(0))} y1={TOP} y2={floor} />
        {rows.map(({ id, text, bias }, row) => {
          const value = bias.sum / bias.count, y = TOP + row * ROW_HEIGHT;
          const sure = bias.interval !== null && bias.interval[0] * bias.interval[1] > 0;
          return (
            <g key={id} class={sure ? "curve sure" : "curve"}>
              <title>{`${text}: ${signed(value)}${intervalText(bias.interval)}`}</title>
              <text x="0" y={px(y + 14)}>{shortened(text)}</text>
              {bias.interval && (
                <line
                  class="line"
                  x1={percent(x(bias.interval[0]))}
                  x2={percent(x(bias.interval[1]))}
                  y1={px(y + 26)}
                  y2={px(y + 26)}
                />
              )}
              <circle cx={percent(x(value))} cy={px(y + 26)} r="4" />
            </g>
          );
        })}
      </ChartFrame>
      <figcaption>
        Right of the line the second gives more. Strong: the 95 % interval leaves out 0.
      </figcaption>
    </figure>
  );
}

function shortened(text: string): string {
  return text.length > 44 ? `${text.slice(0, 43)}…` : text;
}

export function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return text === "0.00" ? "0" : value < 0 ? `−${text}` : `+${text}`;
}
