import { useState } from "preact/hooks";
import type { ProbeResult } from "../lib/benchmarks/probes.ts";
import { BenchmarkChoices, type OfferedBenchmark } from "./BenchmarkChoices.tsx";
import { DryScores } from "./DryScores.tsx";
import type { FileSummary } from "./FileCheck.tsx";
import { keepDryScores } from "./dry_scores.ts";
import { type ModelCosts, type Place, placeOf } from "./would_rank.ts";
import { ProbeList } from "./ProbeList.tsx";
import { TabRunning } from "./TabRunning.tsx";
import type { TabScore } from "./TabScores.tsx";
import { useTabEngine } from "./use_tab_engine.ts";

interface Props {
  file: File;
  summary: Pick<FileSummary, "sha256" | "unsuited"> & ModelCosts;
  benchmarks: OfferedBenchmark[];
  legend?: string;
}

/** Scores a file before it is sent, with the engine of the board. One instance serves one file. */
export function DryScore(props: Props) {
  const { benchmarks, chosen, toggle, ...scoring } = useDryScore(props);
  const { progress, problem, stop, scores, places, probes, score } = scoring;
  return (
    <fieldset
      class="dry-score"
      data-dry-score={progress ? "running" : scores.length > 0 ? "done" : "idle"}
    >
      <legend>{props.legend ?? "Score it here first (optional)"}</legend>
      <p class="hint">
        The engine of the board runs in this tab. The scores are those the board will find, to the
        last bit.
      </p>
      <BenchmarkChoices {...{ benchmarks, chosen, toggle }} disabled={progress !== null} />
      <p class="actions">
        {progress
          ? <button class="button quiet" type="button" onClick={stop}>Stop scoring</button>
          : (
            <button
              class="button quiet"
              type="button"
              disabled={chosen.length === 0}
              onClick={() => void score()}
            >
              Score it in this tab
            </button>
          )}
      </p>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Scoring in this tab" />}
      {probes.some(({ passed }) => !passed) && <ProbeList probes={probes} />}
      {scores.length > 0 && <DryScores {...{ scores, places, benchmarks }} costs={props.summary} />}
    </fieldset>
  );
}

function useDryScore({ file, summary: { sha256, unsuited, parameters }, ...props }: Props) {
  const benchmarks = props.benchmarks.filter(({ id }) => !unsuited.some((one) => one.id === id));
  const { progress, problem, run, stop } = useTabEngine(file);
  const [chosen, setChosen] = useState<string[]>(benchmarks.map(({ id }) => id));
  const [scores, setScores] = useState<TabScore[]>([]);
  const [places, setPlaces] = useState<Record<string, Place>>({});
  const [probes, setProbes] = useState<ProbeResult[]>([]);

  async function score() {
    setScores([]);
    setProbes([]);
    const wanted = benchmarks.filter(({ id }) => chosen.includes(id))
      .map(({ id, version }) => ({ id, version }));
    const found: TabScore[] = [];
    await run({ type: "score", benchmarks: wanted }, (reply) => {
      if (reply.type === "probes") setProbes(reply.probes);
      if (reply.type !== "score") return;
      found.push(reply);
      setScores([...found]);
      keepDryScores(sha256, found);
      placeOf(reply, parameters).then((place) => {
        if (place) setPlaces((before) => ({ ...before, [reply.id]: place }));
      });
    });
  }

  const toggle = (id: string) =>
    setChosen((before) =>
      before.includes(id) ? before.filter((one) => one !== id) : [...before, id]
    );
  return { benchmarks, chosen, toggle, progress, problem, stop, scores, places, probes, score };
}
