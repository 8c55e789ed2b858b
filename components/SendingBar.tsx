import { formatFraction } from "./format.ts";
import type { Sending } from "./use_upload.ts";

interface Props {
  sending: Sending;
  onPause: () => void;
  onResume: () => void;
  onCancel: () => void;
}

/** An upload under way: how far it is, and how to hold or end it. */
export function SendingBar({ sending: { phase, fraction }, onPause, onResume, onCancel }: Props) {
  const words = {
    sending: `Sending, ${formatFraction(fraction)}`,
    waiting: `The connection is lost at ${formatFraction(fraction)}. It goes on by itself.`,
    paused: `Paused at ${formatFraction(fraction)}`,
    submitting: "Sent. The file is being read.",
  }[phase];
  return (
    <div class="sending" data-sending={phase}>
      <p class="stage" aria-live="polite">{words}</p>
      <progress max={1} value={fraction} aria-label="Upload" />
      {phase !== "submitting" && (
        <p class="actions">
          {phase === "paused"
            ? <button class="button quiet" type="button" onClick={onResume}>Go on</button>
            : <button class="button quiet" type="button" onClick={onPause}>Pause</button>}
          <button class="button quiet" type="button" onClick={onCancel}>Cancel</button>
        </p>
      )}
    </div>
  );
}
