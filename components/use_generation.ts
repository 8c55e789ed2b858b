// A set that is being generated in this tab: how far it is, and what came of it.

import { useState } from "preact/hooks";
import type { ModelSource } from "../workers/score_protocol.ts";
import { generateSet, type Wanted } from "./generate_set.ts";
import { useTabEngine } from "./use_tab_engine.ts";

export type Made = { url: string } | { problem: string };

export function useGeneration(source: ModelSource) {
  const { ready, absent, progress, problem, run, stop } = useTabEngine(source);
  /** Null while nothing is made. */
  const [done, setDone] = useState<{ done: number; total: number } | null>(null);
  const [made, setMade] = useState<Made | null>(null);

  async function make(wanted: Wanted) {
    setMade(null);
    setDone({ done: 0, total: 0 });
    try {
      const onDone = (done: number, total: number) => setDone({ done, total });
      setMade({ url: await generateSet(source, wanted, { run, onDone }) });
    } catch (error) {
      setMade({ problem: error instanceof Error ? error.message : String(error) });
    }
    setDone(null);
  }

  return {
    ...{ ready, absent, problem, done, made, make },
    stage: progress?.stage,
    stop() {
      stop();
      setDone(null);
    },
  };
}
