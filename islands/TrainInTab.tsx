import { DroppedFile } from "../components/playground/DroppedFile.tsx";
import { FinishedRun } from "../components/playground/FinishedRun.tsx";
import { GuidedRun } from "../components/playground/GuidedRun.tsx";
import { PresetPicker } from "../components/playground/PresetPicker.tsx";
import { PlanView, RecipeParts } from "../components/playground/RecipeParts.tsx";
import { RunList } from "../components/playground/RunList.tsx";
import { TrainingView } from "../components/playground/TrainingView.tsx";
import { type Offer, useBench } from "../components/playground/use_bench.ts";
import { ProblemNote } from "../components/Problem.tsx";

/** The training bench: choose or write a recipe, train it here, keep it, test it, submit it. */
export default function TrainInTab(offer: Offer) {
  const { presets, fields, tokenizers, benchmarks, guest } = offer;
  const bench = useBench(offer);
  const { draft, sources, speed, training, guide, live, busy, opened } = bench;
  const { runs, problem } = bench.kept;
  const guided = guide.run !== null && live?.run.id === guide.run ? live : null;
  const beginGuide = () =>
    void bench.begin(presets[0].recipe, "My first model").then(({ id }) => guide.begin(id));
  return (
    <div class="bench" data-playground={runs === null ? "loading" : "ready"}>
      {guide.open && (
        <GuidedRun
          live={guided}
          ready={runs !== null && (!busy || guided !== null)}
          onStart={beginGuide}
          onSkip={guide.close}
        />
      )}
      {problem && <ProblemNote problem={problem} title="Runs cannot be kept here" />}
      {live && (
        <TrainingView
          live={live}
          onPause={training.pause}
          onGoOn={training.goOn}
          onStop={training.stop}
          onFork={() => bench.fork(live.run)}
        />
      )}
      {opened && (
        <FinishedRun run={opened} shown={opened.id === live?.run.id} {...{ benchmarks, guest }} />
      )}
      <section id="choose">
        <h2>Train a model</h2>
        <PresetPicker
          presets={presets}
          chosen={bench.chosen}
          calibration={speed.calibration}
          disabled={busy}
          onChoose={bench.choose}
        />
        <RecipeParts
          {...{ draft, fields, tokenizers }}
          choices={sources.sources}
          disabled={busy}
          onText={sources.addText}
        />
        <div class="panel start">
          <PlanView {...{ draft, ...speed }} onMeasure={() => void speed.measure()} />
          <div class="field">
            <label for="run-name">Name of the run</label>
            <input
              id="run-name"
              value={bench.name}
              maxLength={60}
              disabled={busy}
              onInput={(event) => bench.setName(event.currentTarget.value)}
            />
          </div>
          <p class="actions">
            <button
              class="button"
              type="button"
              disabled={busy || runs === null || draft.plan === null}
              onClick={() => void bench.beginDraft()}
            >
              {busy ? "A run is at work" : "Train it in this tab"}
            </button>
          </p>
        </div>
      </section>
      {runs !== null && runs.length > 0 && (
        <RunList
          runs={runs}
          busy={busy ? live!.run.id : null}
          open={opened?.id ?? null}
          onOpen={bench.setOpened}
          onContinue={bench.goOn}
          onFork={bench.fork}
          onRemove={(run) => void bench.remove(run)}
        />
      )}
      <DroppedFile benchmarks={benchmarks} />
    </div>
  );
}
