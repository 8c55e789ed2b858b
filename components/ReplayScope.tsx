import type { PublicSegment } from "../lib/verification/public_segments.ts";
import { estimateMs } from "../lib/playground/speed.ts";
import { formatDuration, formatFlops, formatInteger } from "./format.ts";
import { rememberedCalibration } from "./playground/kept_calibration.ts";
import { partWords } from "./segment_words.ts";

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
  if (segments.length === 0) return <p class="prose small muted">{wholeWords(run)}.</p>;
  return (
    <div class="field">
      <label for="replay-scope">How much of it</label>
      <select
        id="replay-scope"
        disabled={disabled}
        onChange={(event) => choose(event.currentTarget.selectedIndex - 1)}
      >
        <option selected={chosen < 0}>
          {wholeWords(run)}
        </option>
        {segments.map((segment, i) => (
          <option key={segment.from} selected={i === chosen}>
            {sentence(partWords(segment))}: {timeWords(segment.flops, run.width)}
          </option>
        ))}
      </select>
      <p class="hint">
        A part is checked against the checkpoints in it; of the rest it says nothing.
      </p>
    </div>
  );
}

function wholeWords({ steps, flops, width }: Props["run"]): string {
  return `The whole run, ${formatInteger(steps)} steps, ${formatFlops(flops)} FLOPs: ${
    timeWords(flops, width)
  }`;
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
