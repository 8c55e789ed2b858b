// The engine worker of an island: opened by its first request, ended by `stop` and with the page.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ModelSource, TabReply, TabRequest } from "../workers/score_protocol.ts";
import { lacksFiles } from "./site_root.ts";
import { openTabEngine, type TabEngine } from "./tab_engine.ts";

export type TabProgress = Extract<TabReply, { type: "progress" }>;

const STARTING: TabProgress = { type: "progress", stage: "starting", fraction: 0, etaMs: null };

export function useTabEngine(file: ModelSource) {
  const engine = useRef<TabEngine | null>(null);
  /** False until scripts run: buttons that need them stay disabled. */
  const [ready, setReady] = useState(false);
  /** Null when nothing runs. */
  const [progress, setProgress] = useState<TabProgress | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  /** In a static copy without the models there is nothing to work on. */
  const [absent, setAbsent] = useState(false);

  function stop() {
    engine.current?.close();
    engine.current = null;
    setProgress(null);
  }

  /** Never settles when it is stopped. */
  async function run(request: TabRequest, onReply: (reply: TabReply) => void): Promise<void> {
    setProblem(null);
    setProgress(STARTING);
    try {
      engine.current ??= openTabEngine(file);
      await engine.current.request(request, (reply) => {
        if (reply.type === "progress") setProgress(reply);
        else onReply(reply);
      });
      setProgress(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      stop();
    }
  }

  useEffect(() => {
    if (lacksFiles()) setAbsent(true);
    else setReady(true);
    return () => engine.current?.close();
  }, []);
  return { ready, absent, progress, problem, run, stop };
}
