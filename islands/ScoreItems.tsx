import { useEffect, useRef } from "preact/hooks";
import { AllScored, ScoreActions } from "../components/ScoreActions.tsx";
import { levelText } from "../components/score_keys.ts";
import { ScoreHead } from "../components/ScoreHead.tsx";
import { ScoreStep } from "../components/ScoreStep.tsx";
import type { ScoringSession } from "../components/scoring_session.ts";
import { keepForOffline } from "../components/keep_for_offline.ts";
import { useScoreKeys } from "../components/use_score_keys.ts";
import { type Scoring, useScoring } from "../components/use_scoring.ts";
import type { ScoringView } from "../lib/lab/scoring/view.ts";

/** The step that stands in the page before scripts run, and without them. */
export interface FirstStep {
  itemId: string;
  round: number;
  levels: number[];
  criteria: ScoringView["criteria"];
  story: { prompt: string; completion: string };
  given: Record<string, number>;
  current: string;
  note: string;
  /** Counts from 0. */
  task: number;
  tasks: number;
  done: number;
}

interface Props {
  setId: string;
  /** Of the tasks: mode, category, repeats. */
  query: string;
  first: FirstStep;
  /** Where to begin, from 1; null is where the first score is missing. */
  start: number | null;
}

/** One completion after another, by one key for each score. */
export default function ScoreItems({ setId, query, first, start }: Props) {
  const scoring = useScoring(setId, query, start);
  const said = useRef("");
  useEffect(() => void keepForOffline(), []);

  function give(level: number, criterion?: string, advance?: boolean): void {
    said.current = `${levelText(level)} given`;
    scoring?.act((session) => session.answer(level, criterion, advance));
  }
  useScoreKeys(scoring, give);

  if (scoring !== null && scoring.session.place === null) return <AllScored scoring={scoring} />;
  const step = scoring === null ? first : stepOf(scoring.session);
  const { task, tasks } = step;
  return (
    <div class="scoring" data-scoring={scoring === null ? "page" : "ready"}>
      <Head step={step} scoring={scoring} />
      <ScoreStep
        key={task}
        {...step.story}
        {...step}
        onScore={scoring === null ? undefined : give}
        onNote={(text) => scoring?.act((session) => session.typeNote(text))}
        onNoteEnd={() => scoring?.act((session) => session.keepNote())}
      />
      <ScoreActions query={query} task={task} tasks={tasks} scoring={scoring} />
      <p class="visually-hidden" aria-live="polite" data-needs-script>{said.current}</p>
    </div>
  );
}

function Head({ step, scoring }: { step: FirstStep; scoring: Scoring | null }) {
  return (
    <ScoreHead
      category={step.criteria.find(({ id }) => id === step.current)!.category}
      task={step.task + 1}
      tasks={step.tasks}
      done={step.done}
      pace={scoring?.session.pace}
      waiting={scoring?.queue.waiting}
      problem={scoring?.queue.problem}
    />
  );
}

function stepOf(session: ScoringSession): FirstStep {
  const { view, place, done, note } = session;
  const { task, criterion } = place!;
  const { itemId, round, criteria } = view.tasks[task];
  const scored = criteria.flatMap((id) => {
    const value = session.given(id);
    return value === undefined ? [] : [[id, value] as const];
  });
  return {
    ...{ itemId, round, note, task, done, tasks: view.tasks.length },
    levels: view.levels,
    criteria: view.criteria.filter(({ id }) => criteria.includes(id)),
    story: view.items[itemId],
    given: Object.fromEntries(scored),
    current: criteria[criterion],
  };
}
