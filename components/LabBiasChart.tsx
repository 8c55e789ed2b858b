// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
import type { CriterionAgreement } from "../lib/lab/analysis.ts";
import { ChartFrame, percent, px } from "./chart_parts.tsx";
import { intervalText } from "./LabMeansChart.tsx";

const TOP = 8;
const LINE_HEIGHT = 16;
/** Below the words of a criterion: its interval, and room to the next. */
const MARK_HEIGHT = 27;
/** Of the words of a criterion: what fits beside each other on a phone. */
const LINE_LENGTH = 44;
const MOST_LINES = 3;
/** Where the words begin: at the left end of the picture, not of its frame. */
const WORDS_X = -46;

interface Props {
  rows: readonly CriterionAgreement[];
  first: string;
  second: string;
}

/** How much milder the second rater is than the first, criterion by criterion. */
export function LabBiasChart({ rows, first, second }: Props) {
  const ends = rows.flatMap(({ bias }) => bias.interval ?? [bias.sum / bias.count]);
  const reach = Math.max(0.1, ...ends.map(Math.abs));
  const x = scaleLinear([-reach, reach], [0, 100]).nice(4);
  const placed = placedRows(rows);
  const floor = placed.at(-1)?.bottom ?? TOP;
  return (
    <figure>
      <ChartFrame
        label={`How much milder ${second} is than ${first}, for ${rows.length} criteria`}
        top={TOP}
        floor={floor}
        x={x.ticks(3).map((tick) => ({ at: x(tick), text: signed(tick) }))}
        y={[]}
        xLabel={`Mean of ${second} − ${first}`}
      >
        <line class="zero" x1={percent(x(0))} x2={percent(x(0))} y1={TOP} y2={floor} />
        {placed.map((row) => <Bias key={row.of.id} row={row} x={x} />)}
      </ChartFrame>
      <figcaption>
        Right of the line the second gives more. Strong: the 95 % interval leaves out 0.
      </figcaption>
    </figure>
  );
}

interface PlacedRow {
  of: CriterionAgreement;
  lines: string[];
  top: number;
  bottom: number;
}

function placedRows(rows: readonly CriterionAgreement[]): PlacedRow[] {
  let bottom = TOP;
  return rows.map((of) => {
    const lines = wrapped(of.text);
    const top = bottom;
    bottom += lines.length * LINE_HEIGHT + MARK_HEIGHT;
    return { of, lines, top, bottom };
  });
}

/** The words of a criterion, and below them the difference with its interval. */
function Bias({ row: { of: { text, bias }, lines, top }, x }: {
  row: PlacedRow;
  x: (value: number) => number;
}) {
  const value = bias.sum / bias.count;
  const sure = bias.interval !== null && bias.interval[0] * bias.interval[1] > 0;
  const y = px(top + lines.length * LINE_HEIGHT + 9);
  return (
    <g class={sure ? "curve sure" : "curve"}>
      <title>{`${text}: ${signed(value)}${intervalText(bias.interval)}`}</title>
      <text class="over">
        {lines.map((line, at) => (
          <tspan key={at} x={WORDS_X} y={px(top + at * LINE_HEIGHT + 13)}>{line}</tspan>
        ))}
      </text>
      {bias.interval && (
        <line
          class="line"
          x1={percent(x(bias.interval[0]))}
          x2={percent(x(bias.interval[1]))}
          y1={y}
          y2={y}
        />
      )}
      <circle cx={percent(x(value))} cy={y} r="4" />
    </g>
  );
}

/** Between words; a picture does not break lines by itself. */
function wrapped(text: string): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (longer.length <= LINE_LENGTH || lines.at(-1) === "") lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  const shown = lines.slice(0, MOST_LINES);
  if (lines.length > MOST_LINES) shown[MOST_LINES - 1] += " …";
  return shown.map((line) => line.length > LINE_LENGTH + 2 ? `${line.slice(0, 43)}…` : line);
}

export function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return text === "0.00" ? "0" : value < 0 ? `−${text}` : `+${text}`;
}
