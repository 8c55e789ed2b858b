import { useState } from "preact/hooks";
import { ProbeList } from "../components/ProbeList.tsx";
import {
  type StoredScore,
  type TabScore,
  TabScores,
  TabSummary,
} from "../components/TabScores.tsx";
import type { ProbeResult } from "../lib/benchmarks/probes.ts";
import { NoFile } from "../components/NoFile.tsx";
import { TabRunning } from "../components/TabRunning.tsx";
import { useTabEngine } from "../components/use_tab_engine.ts";

/** Runs the benchmarks in this tab and compares every score with the stored one, bit by bit. */
export default function ScoreInTab({ file, stored }: { file: string; stored: StoredScore[] }) {
  const { ready, absent, progress, problem, stop, outcomes, probes, score } = useScore(
    file,
    stored,
  );
  return (
    <div
      class="panel"
      data-score-in-tab={progress ? "running" : outcomes.length > 0 ? "done" : "idle"}
    >
      <p class="prose">
        Your browser loads the same engine and the same benchmarks and computes the scores itself.
        Every score has to come out with the very same 64 bits.
      </p>
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Scoring in this tab" />}
      {probes.length > 0 && <ProbeList probes={probes} />}
      {outcomes.length > 0 && <TabScores outcomes={outcomes} stored={stored} />}
      {!progress && <TabSummary outcomes={outcomes} stored={stored} />}
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop</button>
          : (
            <button class="button" type="button" onClick={score} disabled={!ready}>
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

function useScore(file: string, stored: StoredScore[]) {
  const { run, ...engine } = useTabEngine(file);
  const [outcomes, setOutcomes] = useState<TabScore[]>([]);
  const [probes, setProbes] = useState<ProbeResult[]>([]);

  function score() {
    setOutcomes([]);
    setProbes([]);
    const benchmarks = stored.map(({ id, version }) => ({ id, version }));
    return run({ type: "score", benchmarks }, (reply) => {
      if (reply.type === "score") setOutcomes((before) => [...before, reply]);
      if (reply.type === "probes") setProbes(reply.probes);
    });
  }

  return { ...engine, outcomes, probes, score };
}
