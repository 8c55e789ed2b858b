// A view of something that goes on at the server, kept up to date: by server-sent events, and by
// polling where those do not get through.

import { useEffect, useState } from "preact/hooks";

const POLL_MS = 2000;
/** Of the stream, with nothing received between them, before it is given up. */
const MOST_FAILURES = 2;

interface Followed<View> {
  /** Of the view in the API; below it, `/events` streams it. */
  path: string;
  /** Nothing will change any more. */
  isLast: (view: View) => boolean;
}

/** @returns the newest view, and whether the connection is lost. */
export function useFollowed<View>(
  initial: View,
  { path, isLast }: Followed<View>,
): { view: View; stale: boolean } {
  const [view, setView] = useState(initial);
  const [stale, setStale] = useState(false);
  useEffect(() => {
    if (isLast(initial)) return;
    return follow({ path, isLast }, setView, setStale);
  }, [path]);
  return { view, stale };
}

/** By the stream, and by polling where that does not get through; gives what ends it. */
function follow<View>(
  { path, isLast }: Followed<View>,
  onView: (view: View) => void,
  onStale: (stale: boolean) => void,
): () => void {
  const source = typeof EventSource === "undefined" ? null : new EventSource(`${path}/events`);
  const take = (view: View) => {
    onStale(false);
    onView(view);
    if (isLast(view)) end();
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

function poll<View>(
  path: string,
  onView: (view: View) => void,
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
