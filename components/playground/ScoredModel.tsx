import { useEffect, useState } from "preact/hooks";
import type { PublicProblem } from "../../lib/errors.ts";
import type { OfferedBenchmark } from "../BenchmarkChoices.tsx";
import { DryScore } from "../DryScore.tsx";
import type { ModelFacts } from "../model_facts.ts";
import { ProblemNote } from "../Problem.tsx";

/** Benchmarks on a model of this browser: a finished run's, or a file that was dropped. */
export function ScoredModel(
  { file, benchmarks, onFacts }: {
    file: File;
    benchmarks: OfferedBenchmark[];
    onFacts?: (facts: ModelFacts) => void;
  },
) {
  const [facts, setFacts] = useState<ModelFacts | null>(null);
  const [problem, setProblem] = useState<PublicProblem | null>(null);
  useEffect(() => {
    setFacts(null);
    setProblem(null);
    // Loaded when it is needed: the parsers of file and recipe outweigh the rest of the page.
    import("../model_facts.ts").then(({ modelFacts }) => modelFacts(file)).then((found) => {
      if ("problem" in found) return setProblem(found.problem);
      setFacts(found.facts);
      onFacts?.(found.facts);
    }).catch((error) => setProblem({ message: String(error) }));
  }, [file]);
  if (problem) return <ProblemNote problem={problem} />;
  if (!facts) return <p class="muted" role="status">Looking at the model</p>;
  return (
    <DryScore
      key={facts.sha256}
      file={file}
      summary={facts}
      benchmarks={benchmarks}
      legend="Benchmarks"
    />
  );
}
