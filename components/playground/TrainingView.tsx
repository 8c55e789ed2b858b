import { formatDuration, formatInteger, formatSignificant } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { RunCurves } from "./RunCurves.tsx";
import { RunSamples } from "./RunSamples.tsx";
import { Term } from "./Term.tsx";
import type { LiveRun } from "./use_training.ts";

interface Props {
  live: LiveRun;
  onPause: () => void;
  onGoOn: () => void;
  onStop: () => void;
  onFork: () => void;
}

const PHASES: Record<LiveRun["phase"], string> = {
  starting: "Starting",
  training: "Training",
  paused: "Paused",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Ended with an error",
};

/** The run that trains: how far, how fast, what it looks like and what it writes. */
export function TrainingView({ live, onPause, onGoOn, onStop, onFork }: Props) {
  const { run, phase, stage, dev, samples, threads, resumedAt, keptStep, problem } = live;
  const tick = live.tick.value;
  const { steps } = run.recipe;
  const step = phase === "finished" ? run.progress?.step ?? steps : tick?.step ?? resumedAt;
  const curve = phase === "finished"
    ? run.progress?.curve ?? []
    : tick?.curve ?? run.progress?.curve ?? [];
  return (
    <section
      id="training"
      class="panel"
      data-training={phase}
      data-run={run.id}
      data-step={step}
      data-kept={keptStep}
    >
      <div class="head-row">
        <h2>{run.name}</h2>
        <span class="muted">{phase === "starting" ? stage : PHASES[phase]}</span>
      </div>
      <progress max={steps} value={step} aria-label="Training" />
      <p class="visually-hidden" role="status">{PHASES[phase]}</p>
      {resumedAt > 0 && (
        <p class="muted small" data-resumed={resumedAt}>
          Went on from its checkpoint of step{" "}
          {formatInteger(resumedAt)}. It ends with the same bits as without the stop.
        </p>
      )}
      {problem && <ProblemNote problem={problem} title="The run ended" />}
      <LiveFigures {...{ live, step }} />
      <RunCurves curve={curve} dev={dev} />
      <RunSamples samples={samples} />
      <p class="actions">
        {phase === "training" && (
          <button class="button quiet" type="button" onClick={onPause}>Pause</button>
        )}
        {phase === "paused" && (
          <button class="button" type="button" onClick={onGoOn}>Continue</button>
        )}
        {["starting", "training", "paused"].includes(phase) && (
          <button class="button quiet" type="button" onClick={onStop}>Stop</button>
        )}
        {phase !== "starting" && (
          <button class="button quiet" type="button" onClick={onFork}>Change it and fork</button>
        )}
      </p>
      <p class="muted small">
        {threads} {threads === 1 ? "thread" : "threads"}. Kept up to step {formatInteger(keptStep)}
        {" "}
        (<Term id="checkpoint" />): close the tab or let it crash, and it goes on from there. It
        goes on in a background tab too.
      </p>
    </section>
  );
}

function LiveFigures({ live: { run, phase, tick: { value: tick } }, step }: {
  live: LiveRun;
  step: number;
}) {
  const ended = phase === "finished";
  const wallMs = ended ? run.progress?.trainWallMs ?? null : tick?.trainWallMs ?? null;
  return (
    <dl class="figures live-figures">
      <div>
        <dt>
          <Term id="step">Steps</Term>
        </dt>
        <dd>{formatInteger(step)} of {formatInteger(run.recipe.steps)}</dd>
      </div>
      <div>
        <dt>
          <Term id="loss">Loss</Term>
        </dt>
        <dd>{formatSignificant(tick?.lossNats ?? null)}</dd>
      </div>
      <div>
        <dt>Tokens a second</dt>
        <dd>{tick ? formatInteger(tick.tokensPerSecond) : "–"}</dd>
      </div>
      <div>
        <dt>{ended ? "Took" : "Left"}</dt>
        <dd>{ended ? formatDuration(wallMs) : formatDuration(tick?.etaMs ?? null)}</dd>
      </div>
      <div>
        <dt>
          <Term id="rate">Learning rate</Term>
        </dt>
        <dd>{formatSignificant(tick?.learningRate ?? null)}</dd>
      </div>
    </dl>
  );
}
