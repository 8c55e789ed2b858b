// The scoring of a page: loaded once, drawn again after everything that is done with it.

import { useEffect, useRef, useState } from "preact/hooks";
import { loadView, openLabDatabase, ownerOf } from "./lab_database.ts";
import { type QueueState, ScoreQueue } from "./score_queue.ts";
import { ScoringSession } from "./scoring_session.ts";

export interface Scoring {
  session: ScoringSession;
  queue: QueueState;
  /** Does something with the session and shows what came of it. */
  act(what: (session: ScoringSession) => void): void;
}

interface Loaded {
  session: ScoringSession;
  queue: ScoreQueue;
}

/**
 * Null until the whole set is here; the page's own form works meanwhile.
 * @param start a task, counted from 1; null is where the first score is missing.
 */
export function useScoring(setId: string, query: string, start: number | null): Scoring | null {
  const loaded = useRef<Loaded | null>(null);
  const [queue, setQueue] = useState<QueueState>({ waiting: 0, problem: null });
  const [, draw] = useState(0);
  const redraw = () => draw((count) => count + 1);

  useEffect(() => {
    const left = new AbortController();
    void load(setId, query, { start, onState: setQueue, signal: left.signal }).then((found) => {
      if (left.signal.aborted) return found?.queue.close();
      loaded.current = found;
      redraw();
    });
    return () => {
      left.abort();
      loaded.current?.queue.close();
    };
  }, [setId, query, start]);

  const session = loaded.current?.session;
  if (session === undefined) return null;
  return {
    session,
    queue,
    act(what) {
      what(session);
      redraw();
    },
  };
}

/** Null where there is neither a connection nor an earlier visit, no rater, or no store. */
async function load(
  setId: string,
  query: string,
  { start, onState, signal }: {
    start: number | null;
    onState: (state: QueueState) => void;
    signal: AbortSignal;
  },
): Promise<Loaded | null> {
  try {
    const db = await openLabDatabase();
    const view = await loadView(db, `/api/v1/lab/sets/${setId}/tasks?${query}`, signal);
    if (view === null) return null;
    const queue = await ScoreQueue.open(db, {
      address: `/api/v1/lab/sets/${setId}/answers`,
      owner: ownerOf(view),
      raterId: view.rater!.id,
      onState,
    });
    const session = new ScoringSession(view, queue, {
      drafts: await queue.drafts(),
      start,
      nowMs: () => performance.now(),
    });
    return { session, queue };
  } catch {
    return null;
  }
}
