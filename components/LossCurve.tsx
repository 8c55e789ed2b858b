// @ts-types="@types/d3-scale"
import { scaleLinear } from "d3-scale";
import { ChartFrame, ChartLine, evenTicks, percent, polyline, px } from "./chart_parts.tsx";
import { formatInteger, formatLoss, shortCount } from "./format.ts";

export interface LossPoint {
  step: number;
  loss: number;
}

const FLOOR = 220;
const TOP = 12;

interface Series {
  points: readonly LossPoint[];
  /** A class of the stylesheet. */
  look?: string;
  /** Each value is drawn as a dot: there are few. */
  dots?: boolean;
}

/** Training loss, and that of a dev set where there is one, over steps; drawn on the server. */
export function LossCurve(
  { points, dev = [] }: { points: readonly LossPoint[]; dev?: readonly LossPoint[] },
) {
  if (points.length < 2) return null;
  const [first, last] = [points[0], points[points.length - 1]];
  const words = `Training loss from ${first.loss.toFixed(2)} to ${last.loss.toFixed(2)} ` +
    `nats per token over ${formatInteger(last.step)} steps`;
  return (
    <figure>
      <LossChart
        label={dev.length > 0 ? `${words}; dev loss ${dev.at(-1)!.loss.toFixed(2)} at last` : words}
        xLabel="Steps"
        series={[{ points }, { points: dev, look: "dev", dots: true }]}
      />
      <figcaption>
        <CurveKey look="" /> Training loss in nats per token, at last{" "}
        <strong>{formatLoss(last.loss)}</strong>. {dev.length > 0 && (
          <>
            <CurveKey look="dev" /> On the dev set, at last{" "}
            <strong>{formatLoss(dev.at(-1)!.loss)}</strong>.{" "}
          </>
        )}
        Read from the file.
      </figcaption>
    </figure>
  );
}

/** Curves over one another, from the loss 0 up. */
export function LossChart(
  { label, xLabel, series }: { label: string; xLabel: string; series: readonly Series[] },
) {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  const last = Math.max(...all.map(({ step }) => step));
  const x = scaleLinear([0, last], [0, 100]);
  const y = scaleLinear([0, Math.max(...all.map(({ loss }) => loss))], [FLOOR, TOP]).nice(5);
  const placed = (points: readonly LossPoint[]) =>
    points.map(({ step, loss }) => ({ x: x(step), y: y(loss) }));
  return (
    <ChartFrame
      label={label}
      top={TOP}
      floor={FLOOR}
      x={evenTicks(0, last, 5).map((tick) => ({ at: x(tick), text: shortCount(tick) }))}
      y={y.ticks(5).map((tick) => ({ at: y(tick), text: String(tick) }))}
      xLabel={xLabel}
    >
      {drawn.map(({ points, look = "", dots = false }) => (
        <g key={look} class={`curve ${look}`}>
          <ChartLine path={polyline(placed(points))} floor={FLOOR} />
          {(dots ? placed(points) : placed(points.slice(-1))).map((place) => (
            <circle key={place.x} cx={percent(place.x)} cy={px(place.y)} r="3.5" />
          ))}
        </g>
      ))}
    </ChartFrame>
  );
}

/** The look of a curve, to stand before its name. */
export function CurveKey({ look }: { look: string }) {
  return (
    <svg class={`curve key ${look}`} viewBox="0 0 26 10" aria-hidden="true">
      <path class="line" d="M0 5H26" />
    </svg>
  );
}

/** No training starts far above ln 256 nats, and a picture of such a number shows nothing else. */
const LARGEST_LOSS = 1000;

/**
 * The usable points of a header's loss history, steps ascending; anything else is left out.
 *
 * @param kind of training, or of the dev set that may end it.
 */
export function lossPoints(history: unknown, kind: "loss" | "dev" = "loss"): LossPoint[] {
  if (!Array.isArray(history)) return [];
  const points: LossPoint[] = [];
  for (const item of history) {
    const { step, [kind]: loss } = Object(item);
    const known = Number.isSafeInteger(step) && Number.isFinite(loss);
    const follows = step > (points.at(-1)?.step ?? -1);
    if (known && follows && loss >= 0 && loss <= LARGEST_LOSS) points.push({ step, loss });
    if (points.length === 2048) break;
  }
  return points;
}
