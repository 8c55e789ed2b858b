import type { PublicSegment } from "../lib/verification/public_segments.ts";
import { estimateMs } from "../lib/playground/speed.ts";
import { formatBytes, formatDuration, formatFlops, formatInteger } from "./format.ts";
import { rememberedCalibration } from "./playground/kept_calibration.ts";
import { stepsOf } from "./segment_words.ts";

/** Of two cores of 2026 in a tab, where nothing was measured: wide models come to more. */
const GUESSED_FLOPS_PER_SECOND = 3e9;

interface Props {
  segments: readonly PublicSegment[];
  run: { steps: number; flops: number; width: number };
  /** Index of the chosen segment; -1 for the whole run. */
  chosen: number;
  choose: (index: number) => void;
  disabled: boolean;
}

/** How much of a run is replayed: all of it, or a part whose first state the board has kept. */
export function ReplayScope({ segments, run, chosen, choose, disabled }: Props) {
  const part = segments[chosen];
  if (segments.length === 0) return <p class="prose small muted">{costWords(run, run)}.</p>;
  return (
    <div class="field scope">
      <label for="replay-scope">How much of it</label>
      <select
        id="replay-scope"
        aria-describedby="replay-scope-cost"
        disabled={disabled}
        onChange={(event) => choose(event.currentTarget.selectedIndex - 1)}
      >
        <option selected={chosen < 0}>The whole run: steps 1–{formatInteger(run.steps)}</option>
        {segments.map((segment, i) => (
          <option key={segment.from} selected={i === chosen}>
            {sentence(stepsOf(segment))}, {segment.state ? "from a kept state" : "from the seed"}
          </option>
        ))}
      </select>
      <p class="hint" id="replay-scope-cost">
        {part
          ? `${costWords({ flops: part.flops, steps: part.toStep - part.fromStep }, run)}${
            fetchWords(part)
          }. Of the other steps it says nothing.`
          : `${costWords(run, run)}.`}
      </p>
    </div>
  );
}

/** "1 500 steps, 1.6 × 10¹³ FLOPs: about 1 h 31 min". */
function costWords(
  { steps, flops }: { steps: number; flops: number },
  { width }: { width: number },
): string {
  return `${formatInteger(steps)} steps, ${formatFlops(flops)} FLOPs: ${timeWords(flops, width)}`;
}

function fetchWords({ state }: PublicSegment): string {
  return state ? `, and a state of ${formatBytes(state.byteLength)} to fetch` : "";
}

/** By what the playground measured in this browser, or a guess. */
function timeWords(flops: number, width: number): string {
  const calibration = typeof document === "undefined" ? null : rememberedCalibration();
  const ms = calibration
    ? estimateMs({ flops, width }, calibration)
    : flops / GUESSED_FLOPS_PER_SECOND * 1000;
  return `about ${formatDuration(Math.max(1000, ms))}`;
}

function sentence(words: string): string {
  return words[0].toUpperCase() + words.slice(1);
}
