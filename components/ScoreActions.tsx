import type { ScoringSession } from "./scoring_session.ts";
import type { Scoring } from "./use_scoring.ts";

interface Props {
  query: string;
  /** Counts from 0. */
  task: number;
  tasks: number;
  /** Without it the links and the button are those of a page without scripts. */
  scoring: Scoring | null;
}

/** On, back and past a completion. */
export function ScoreActions({ query, task, tasks, scoring }: Props) {
  const take = (what: (session: ScoringSession) => void) => (event: Event) => {
    if (scoring === null) return;
    event.preventDefault();
    scoring.act(what);
  };
  const on = take((session) => session.move(1));
  return (
    <p class="actions">
      <button class="button" type="submit" onClick={on}>Save and go on</button>
      <a
        href={`?${query}&task=${task === 0 ? tasks : task}`}
        onClick={take((session) => session.move(-1))}
      >
        Back <kbd data-needs-script>←</kbd>
      </a>
      <a href={`?${query}&task=${task + 1 === tasks ? 1 : task + 2}`} onClick={on}>
        Skip <kbd data-needs-script>→</kbd>
      </a>
      {scoring && (
        <button
          class="button quiet small"
          type="button"
          data-needs-script
          onClick={take((session) => session.undo())}
        >
          Undo <kbd>u</kbd>
        </button>
      )}
    </p>
  );
}

export function AllScored({ scoring: { session, queue, act } }: { scoring: Scoring }) {
  return (
    <div class="note good" data-scoring="done" data-waiting={queue.waiting}>
      <p>
        <strong>All {session.done} are scored.</strong> {queue.waiting === 0
          ? "Everything has been sent."
          : `${queue.waiting} scores are kept in this browser and still to be sent.`}
      </p>
      <p class="actions">
        <button class="button quiet" type="button" onClick={() => act((all) => all.undo())}>
          Undo the last
        </button>
        <a href={`/lab/sets/${session.view.set.id}`}>To the set</a>
      </p>
    </div>
  );
}
