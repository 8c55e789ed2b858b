import type { Recipe } from "../../lib/verification/recipe.ts";
import { type Calibration, estimateMs } from "../../lib/playground/speed.ts";
import { formatDuration, formatFlops, formatParameters } from "../format.ts";

/** A preset as the page is given it. */
export interface PresetView {
  id: string;
  name: string;
  teaches: string;
  benchmark: string;
  recipe: Recipe;
  parameters: number;
  flops: number;
}

interface Props {
  presets: PresetView[];
  /** Null when the draft is none of them any more. */
  chosen: string | null;
  calibration: Calibration | null;
  measuring: boolean;
  disabled: boolean;
  onChoose: (preset: PresetView) => void;
}

/** Models to begin with, the smallest first, each with the time it will take on this machine. */
export function PresetPicker(props: Props) {
  const { presets, chosen, calibration, measuring, disabled, onChoose } = props;
  return (
    <fieldset class="model-presets">
      <legend class="visually-hidden">What to train</legend>
      {presets.map((preset) => (
        <label key={preset.id} class="preset" data-preset={preset.id}>
          <input
            type="radio"
            name="preset"
            value={preset.id}
            checked={preset.id === chosen}
            disabled={disabled}
            onChange={() => onChoose(preset)}
          />
          <span class="preset-name">
            {preset.name} <span class="muted">{formatParameters(preset.parameters)}</span>
          </span>
          <span class="preset-words">{preset.teaches}</span>
          <span class="preset-time">
            {measuring ? "measuring …" : timeOf(preset, calibration)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function timeOf({ flops, recipe }: PresetView, calibration: Calibration | null): string {
  return calibration
    ? `about ${formatDuration(estimateMs({ flops, width: recipe.model.dModel }, calibration))}`
    : `${formatFlops(flops)} FLOPs`;
}
