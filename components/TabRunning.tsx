import { formatDuration } from "./format.ts";
import type { TabProgress } from "./use_tab_engine.ts";

/** What the engine of this tab is doing, how far it is and how long it will still take. */
export function TabRunning({ progress, label }: { progress: TabProgress; label: string }) {
  return (
    <>
      <p class="stage" aria-live="polite">
        <span>{progress.stage}</span>
        <span class="muted">
          {progress.etaMs === null ? "" : `about ${formatDuration(progress.etaMs)} left`}
        </span>
      </p>
      <progress max={1} value={progress.fraction} aria-label={label} />
    </>
  );
}
