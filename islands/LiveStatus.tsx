import { StatusPanel } from "../components/StatusPanel.tsx";
import { TabAgainstServer } from "../components/TabAgainstServer.tsx";
import { useFollowed } from "../components/use_followed.ts";
import type { StatusView } from "../lib/submissions/status.ts";

/** The status page, kept up to date. */
export default function LiveStatus({ initial }: { initial: StatusView }) {
  const { view, stale } = useFollowed(initial, {
    path: `/api/v1/submissions/${initial.id}`,
    isLast: ({ finished }) => finished,
  });
  return (
    <div>
      <p class="visually-hidden" aria-live="polite">{spoken(view)}</p>
      <StatusPanel view={view} />
      <TabAgainstServer view={view} />
      {stale && <p class="note warn">The connection is lost. Trying again every few seconds.</p>}
    </div>
  );
}

/** What a screen reader hears: stages, not every percent or step. */
function spoken(view: StatusView): string {
  const running = view.jobs.find((job) => job.state === "running");
  return running ? running.stage.replace(/ step \d+$/, "") : `${view.status}, ${view.provenance}`;
}
