import { useEffect, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import { runFile, type StoredRun } from "../../lib/playground/runs.ts";
import type { OfferedBenchmark } from "../BenchmarkChoices.tsx";
import { formatBytes, formatDuration, formatInteger } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { Downloads } from "./Downloads.tsx";
import { PublishTexts } from "./PublishText.tsx";
import { RunCurves } from "./RunCurves.tsx";
import { RunSamples } from "./RunSamples.tsx";
import { ScoredModel } from "./ScoredModel.tsx";
import { Term } from "./Term.tsx";

interface Props {
  run: StoredRun;
  benchmarks: OfferedBenchmark[];
  guest: boolean;
  /** Whether its curves stand above already. */
  shown: boolean;
}

/** What can be done with a finished model: test, submit, download, write, look inside. */
export function FinishedRun({ run, benchmarks, guest, shown }: Props) {
  const { file, problem } = useRunFile(run.id);
  const { progress } = run;
  if (!progress?.finished) return null;
  const { modelDigest, byteLength } = progress.finished;
  return (
    <section id="finished" data-finished={run.id} data-model-digest={modelDigest}>
      <h2>{run.name} is trained</h2>
      <dl class="facts">
        <dt>Model</dt>
        <dd>
          <code class="digest">{modelDigest}</code>
        </dd>
        <dt>Trained</dt>
        <dd>
          {formatInteger(progress.step)} steps in {formatDuration(progress.trainWallMs)},{" "}
          {formatBytes(byteLength)} with <Term id="recipe" /> and <Term id="chain" />
        </dd>
      </dl>
      {!shown && <RunCurves curve={progress.curve} dev={progress.dev} />}
      {!shown && <RunSamples samples={progress.samples} />}
      {problem && <ProblemNote problem={problem} />}
      {file && <WhatNow key={run.id} {...{ run, file, benchmarks, guest }} />}
    </section>
  );
}

function useRunFile(id: string) {
  const [file, setFile] = useState<File | null>(null);
  const [problem, setProblem] = useState<PublicProblem | null>(null);
  useEffect(() => {
    let wanted = true;
    setFile(null);
    setProblem(null);
    runFile(id).then((file) => wanted && setFile(file)).catch(({ message, problem }) =>
      wanted && setProblem({ message, ...problem })
    );
    return () => wanted = false;
  }, [id]);
  return { file, problem };
}

function WhatNow({ run, file, benchmarks, guest }: Omit<Props, "shown"> & { file: File }) {
  const [uploads, setUploads] = useState<string[]>([]);
  return (
    <>
      <h3>Test it</h3>
      <ScoredModel {...{ file, benchmarks }} onFacts={(facts) => setUploads(facts.uploads)} />
      <h3>Put it on the board</h3>
      <PublishTexts {...{ uploads, guest }} />
      <p class="actions">
        <a class="button" href={submitAddress(run)}>Submit it</a>
        <a class="button quiet" href={`/playground/generate?run=${run.id}`}>Let it write</a>
        <a class="button quiet" href={`/playground/look?run=${run.id}`}>Look inside</a>
      </p>
      <p class="muted small">
        The form takes the file from here, with recipe and chain; you only give it a name.
      </p>
      <h3>Download it</h3>
      <Downloads file={file} />
    </>
  );
}

function submitAddress({ id, name, parent }: StoredRun): string {
  const query = new URLSearchParams({ run: id, name });
  if (parent && "entry" in parent) query.set("forkOf", parent.entry);
  return `/submit?${query}`;
}
