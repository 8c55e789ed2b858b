import type { Preset } from "../../lib/submissions/shelf_store.ts";

/** Prompts that suit the model, each with settings that suit the prompt. */
export function PresetButtons(
  { presets, onChoose }: { presets: readonly Preset[]; onChoose: (preset: Preset) => void },
) {
  if (presets.length === 0) return null;
  return (
    <p class="prompts" data-needs-script>
      <span class="muted small">Try:</span>
      {presets.map((preset) => (
        <button
          key={preset.label}
          class="button quiet small"
          type="button"
          title={preset.prompt}
          onClick={() => onChoose(preset)}
        >
          <span>{preset.label}</span>
        </button>
      ))}
    </p>
  );
}
