import { useEffect, useRef, useState } from "preact/hooks";
import { formatDuration } from "../components/format.ts";
import { openTabEngine, type TabEngine } from "../components/tab_engine.ts";
import {
  type StoredScore,
  type TabScore,
  TabScores,
  TabSummary,
} from "../components/TabScores.tsx";
import type { TabReply } from "../workers/score_protocol.ts";

type Progress = Extract<TabReply, { type: "progress" }>;

/** Runs the benchmarks in this tab and compares every score with the stored one, bit by bit. */
export default function ScoreInTab({ file, stored }: { file: string; stored: StoredScore[] }) {
  const [ready, setReady] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [outcomes, setOutcomes] = useState<TabScore[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const engine = useRef<TabEngine | null>(null);
  useEffect(() => {
    setReady(true);
    return () => engine.current?.close();
  }, []);

  function take(reply: TabReply) {
    if (reply.type === "progress") setProgress(reply);
    if (reply.type === "score") setOutcomes((before) => [...before, reply]);
  }

  async function run() {
    setOutcomes([]);
    setProblem(null);
    setProgress({ type: "progress", stage: "starting", fraction: 0, etaMs: null });
    try {
      engine.current ??= await openTabEngine(file, take);
      const benchmarks = stored.map(({ id, version }) => ({ id, version }));
      await engine.current.request({ type: "score", benchmarks }, take);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setProgress(null);
  }

  function stop() {
    engine.current?.close();
    engine.current = null;
    setProgress(null);
  }

  return (
    <div
      class="panel"
      data-score-in-tab={progress ? "running" : outcomes.length > 0 ? "done" : "idle"}
    >
      <p class="prose">
        Your browser loads the same engine and the same benchmarks and computes the scores itself.
        Every score has to come out with the very same 64 bits.
      </p>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <RunningLine progress={progress} />}
      {outcomes.length > 0 && <TabScores outcomes={outcomes} stored={stored} />}
      {!progress && <TabSummary outcomes={outcomes} stored={stored} />}
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop</button>
          : (
            <button class="button" type="button" onClick={run} disabled={!ready}>
              Score it in this tab
            </button>
          )}
      </p>
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli score FILE
      </noscript>
    </div>
  );
}

function RunningLine({ progress }: { progress: Progress }) {
  return (
    <>
      <p class="stage" aria-live="polite">
        <span>{progress.stage}</span>
        <span class="muted">
          {progress.etaMs === null ? "" : `about ${formatDuration(progress.etaMs)} left`}
        </span>
      </p>
      <progress max={1} value={progress.fraction} aria-label="Scoring in this tab" />
    </>
  );
}
