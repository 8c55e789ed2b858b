import { useEffect, useRef } from "preact/hooks";
import { AllScored, ScoreActions } from "../components/ScoreActions.tsx";
import { levelOfKey, levelText } from "../components/score_keys.ts";
import { ScoreHead } from "../components/ScoreHead.tsx";
import { ScoreStep } from "../components/ScoreStep.tsx";
import type { ScoringSession } from "../components/scoring_session.ts";
import { keepForOffline } from "../components/keep_for_offline.ts";
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
  const latest = useRef(scoring);
  latest.current = scoring;

  useEffect(() => {
    void keepForOffline();
    const onKey = (event: KeyboardEvent) => {
      if (latest.current !== null && press(latest.current, event)) event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);

  function give(level: number, criterion?: string, advance?: boolean): void {
    said.current = `${levelText(level)} given`;
    latest.current?.act((session) => session.answer(level, criterion, advance));
  }

  /** Whether the key meant something. */
  function press({ session, act }: Scoring, event: KeyboardEvent): boolean {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (target instanceof HTMLTextAreaElement) {
      if (key === "Escape") target.blur();
      return key === "Escape";
    }
    const level = levelOfKey(key, session.view.levels);
    // A key that is held down scores one story, not all of them.
    if (level !== null) return event.repeat || (give(level), true);
    if (key === "u" || key === "Backspace") act((session) => session.undo());
    else if (key === "n") document.getElementById("note")?.focus();
    // Within a question, arrows choose.
    else if (target instanceof HTMLInputElement) return false;
    else if (key === "ArrowRight") act((session) => session.move(1));
    else if (key === "ArrowLeft") act((session) => session.move(-1));
    else return false;
    return true;
  }

  if (scoring !== null && scoring.session.place === null) return <AllScored scoring={scoring} />;
  const step = scoring === null ? first : stepOf(scoring.session);
  const { task, tasks } = step;
  return (
    <div class="scoring" data-scoring={scoring === null ? "page" : "ready"}>
      <ScoreHead
        category={step.criteria.find(({ id }) => id === step.current)!.category}
        task={task + 1}
        tasks={tasks}
        done={step.done}
        pace={scoring?.session.pace}
        waiting={scoring?.queue.waiting}
        problem={scoring?.queue.problem}
      />
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
