import { DroppedFile } from "../components/playground/DroppedFile.tsx";
import { FinishedRun } from "../components/playground/FinishedRun.tsx";
import { GuidedRun } from "../components/playground/GuidedRun.tsx";
import { RunChoice } from "../components/playground/RunChoice.tsx";
import { RunList } from "../components/playground/RunList.tsx";
import { TrainingView } from "../components/playground/TrainingView.tsx";
import { type Offer, useBench } from "../components/playground/use_bench.ts";
import { ProblemNote } from "../components/Problem.tsx";

/** The training bench: choose or write a recipe, train it here, keep it, test it, submit it. */
export default function TrainInTab(offer: Offer) {
  const { presets, benchmarks, guest } = offer;
  const bench = useBench(offer);
  const { guide, live, busy, opened, kept: { runs, problem } } = bench;
  const ready = runs !== null;
  const guided = guide.run !== null && live?.run.id === guide.run ? live : null;
  const beginGuide = () =>
    void bench.begin(presets[0].recipe, "My first model").then(({ id }) => guide.begin(id));
  return (
    <div class="bench" data-playground={ready ? "ready" : "loading"} {...bench.uses}>
      {guide.open && (
        <GuidedRun
          live={guided}
          ready={ready && (!busy || guided !== null)}
          onStart={beginGuide}
          onSkip={guide.close}
        />
      )}
      {problem && <ProblemNote problem={problem} title="Runs cannot be kept here" />}
      {live && <TrainingView {...bench.training} live={live} onFork={() => bench.fork(live.run)} />}
      {opened && (
        <FinishedRun run={opened} shown={opened.id === live?.run.id} {...{ benchmarks, guest }} />
      )}
      <RunChoice {...{ offer, bench }} />
      {runs !== null && runs.length > 0 && <RunList {...{ runs, bench }} />}
      <DroppedFile benchmarks={benchmarks} />
    </div>
  );
}
