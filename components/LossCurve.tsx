import { formatInteger } from "./format.ts";

export interface LossPoint {
  step: number;
  loss: number;
}

const WIDTH = 640;
const HEIGHT = 240;
const LEFT = 44;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 30;

/** Training loss (nats per token) over steps, drawn on the server. */
export function LossCurve({ points }: { points: readonly LossPoint[] }) {
  if (points.length < 2) return null;
  const last = points[points.length - 1];
  const top = niceCeiling(Math.max(...points.map((point) => point.loss)));
  const x = (step: number) => LEFT + (WIDTH - LEFT - RIGHT) * step / last.step;
  const y = (loss: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - loss / top);
  const path = points.map((point, i) =>
    `${i === 0 ? "M" : "L"}${x(point.step).toFixed(1)} ${y(point.loss).toFixed(1)}`
  ).join("");
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return (
    <figure>
      <svg
        class="chart"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Training loss from ${points[0].loss.toFixed(2)} to ${
          last.loss.toFixed(2)
        } nats per token over ${formatInteger(last.step)} steps`}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <path class="grid" d={`M${LEFT} ${y(top * tick)}H${WIDTH - RIGHT}`} />
            <text x={LEFT - 8} y={y(top * tick) + 4} text-anchor="end">
              {(top * tick).toFixed(1)}
            </text>
            <text
              x={x(last.step * tick)}
              y={HEIGHT - 10}
              text-anchor={tick === 0 ? "start" : tick === 1 ? "end" : "middle"}
            >
              {formatInteger(last.step * tick)}
            </text>
          </g>
        ))}
        <path class="line" d={path} />
      </svg>
      <figcaption>Training loss in nats per token, over steps. Read from the file.</figcaption>
    </figure>
  );
}

function niceCeiling(value: number): number {
  for (const step of [0.4, 0.8, 1, 2, 3, 4, 6, 8, 12]) if (value <= step) return step;
  return Math.ceil(value);
}

/** No training starts far above ln 256 nats, and a picture of such a number shows nothing else. */
const LARGEST_LOSS = 1000;

/** The usable points of a header's loss history, steps ascending; anything else is left out. */
export function lossPoints(history: unknown): LossPoint[] {
  if (!Array.isArray(history)) return [];
  const points: LossPoint[] = [];
  for (const item of history) {
    const { step, loss } = Object(item);
    const known = Number.isSafeInteger(step) && Number.isFinite(loss);
    const follows = step > (points.at(-1)?.step ?? -1);
    if (known && follows && loss >= 0 && loss <= LARGEST_LOSS) points.push({ step, loss });
    if (points.length === 2048) break;
  }
  return points;
}
