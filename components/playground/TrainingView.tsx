import { formatDuration, formatInteger, formatSignificant } from "../format.ts";
import { ProblemNote } from "../Problem.tsx";
import { RunCurves } from "./RunCurves.tsx";
import { RunSamples } from "./RunSamples.tsx";
import { Term } from "./Term.tsx";
import type { LiveRun } from "./live_run.ts";

interface Props {
  live: LiveRun;
  pause: () => void;
  goOn: () => void;
  stop: () => void;
  onFork: () => void;
}

const PHASES: Record<LiveRun["phase"], string> = {
  starting: "Starting",
  training: "Training",
  paused: "Paused",
  stopping: "Keeping what it has",
  finished: "Finished",
  stopped: "Stopped",
  failed: "Ended with an error",
};

/** The run that trains: how far, how fast, what it looks like and what it writes. */
export function TrainingView({ live, ...acts }: Props) {
  const { run, phase, stage, dev, samples, resumedAt, keptStep, problem } = live;
  const tick = live.tick.value, ended = phase === "finished";
  const { steps } = run.recipe;
  const step = ended ? run.progress?.step ?? steps : tick?.step ?? resumedAt;
  const curve = (ended ? null : tick?.curve) ?? run.progress?.curve ?? [];
  const facts = { "data-training": phase, "data-step": step, "data-kept": keptStep };
  return (
    <section id="training" class="panel" data-run={run.id} {...facts}>
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
      <RunActs phase={phase} {...acts} />
      {!ended && <Keeping live={live} />}
    </section>
  );
}

function RunActs(
  { phase, pause, goOn, stop, onFork }: Omit<Props, "live"> & Pick<LiveRun, "phase">,
) {
  return (
    <p class="actions">
      {phase === "training" && (
        <button class="button quiet" type="button" onClick={pause}>Pause</button>
      )}
      {phase === "paused" && <button class="button" type="button" onClick={goOn}>Continue</button>}
      {["starting", "training", "paused"].includes(phase) && (
        <button class="button quiet" type="button" onClick={stop}>Stop</button>
      )}
      {phase !== "starting" && (
        <button class="button quiet" type="button" onClick={onFork}>Change it and fork</button>
      )}
    </p>
  );
}

function Keeping({ live: { threads, keptStep } }: { live: LiveRun }) {
  return (
    <p class="muted small">
      {threads} {threads === 1 ? "thread" : "threads"}. Kept up to step {formatInteger(keptStep)}
      {" "}
      (<Term id="checkpoint" />), every few seconds: close the tab or let it crash, and it goes on
      from there. It goes on in a background tab too.
    </p>
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
