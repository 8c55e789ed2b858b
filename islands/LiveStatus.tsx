import { useEffect, useState } from "preact/hooks";
import { StatusPanel } from "../components/StatusPanel.tsx";
import { TabAgainstServer } from "../components/TabAgainstServer.tsx";
import type { StatusView } from "../lib/submissions/status.ts";

const POLL_MS = 2000;
/** Of the stream, with nothing received between them, before it is given up. */
const MOST_FAILURES = 2;

/** The status page, kept up to date: server-sent events, or polling where they do not get through. */
export default function LiveStatus({ initial }: { initial: StatusView }) {
  const [view, setView] = useState(initial);
  const [stale, setStale] = useState(false);
  useEffect(() => {
    if (initial.finished) return;
    return follow(initial.id, setView, setStale);
  }, [initial.id]);
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

/** By the stream, and by polling where that does not get through; gives what ends it. */
function follow(
  id: string,
  onView: (view: StatusView) => void,
  onStale: (stale: boolean) => void,
): () => void {
  const path = `/api/v1/submissions/${id}`;
  const source = typeof EventSource === "undefined" ? null : new EventSource(`${path}/events`);
  const take = (view: StatusView) => {
    onStale(false);
    onView(view);
    if (view.finished) end();
  };
  const polling = poll(path, take, onStale);
  const end = () => {
    source?.close();
    polling.end();
  };
  if (source === null) {
    polling.start();
    return end;
  }
  let failures = 0;
  source.onmessage = (event) => {
    failures = 0;
    take(JSON.parse(event.data));
  };
  source.onerror = () => {
    onStale(true);
    // A server that stops ends its streams; the browser comes back to the next one by itself. Where
    // streams never pass, as behind some proxies, it would try for ever.
    if (source.readyState !== EventSource.CLOSED && ++failures < MOST_FAILURES) return;
    source.close();
    polling.start();
  };
  return end;
}

function poll(
  path: string,
  onView: (view: StatusView) => void,
  onStale: (stale: boolean) => void,
): { start: () => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;
  const ask = async () => {
    try {
      const response = await fetch(path);
      if (response.ok) onView(await response.json());
      else onStale(true);
    } catch {
      onStale(true);
    }
    if (!ended) timer = setTimeout(ask, POLL_MS);
  };
  return {
    start: () => void (ended || timer !== undefined || ask()),
    end() {
      ended = true;
      clearTimeout(timer);
    },
  };
}
