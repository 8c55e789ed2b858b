import type { RunSample } from "../../lib/playground/runs.ts";
import { formatInteger } from "../format.ts";

/** What the model wrote while it learned: the last time at once, the earlier ones below. */
export function RunSamples({ samples }: { samples: readonly RunSample[] }) {
  if (samples.length === 0) return null;
  const [last, ...earlier] = samples.toReversed();
  return (
    <div class="run-samples">
      <h3>What it writes</h3>
      <Sample sample={last} />
      {earlier.length > 0 && (
        <details>
          <summary>
            Earlier <span class="muted">{earlier.length}</span>
          </summary>
          <div class="inside">
            {earlier.map((sample) => <Sample key={sample.step} sample={sample} />)}
          </div>
        </details>
      )}
    </div>
  );
}

function Sample({ sample: { step, prompt, text } }: { sample: RunSample }) {
  return (
    <div class="run-sample">
      <span class="muted small">step {formatInteger(step)}</span>
      <p class="sample">
        <b>{prompt}</b>
        {text}
      </p>
    </div>
  );
}
