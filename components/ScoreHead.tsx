interface Props {
  category: string;
  /** Counts from 1. */
  task: number;
  tasks: number;
  done: number;
  /** Tasks a minute, once that is known. */
  pace?: number | null;
  /** Answers that the server does not have yet. */
  waiting?: number;
  problem?: string | null;
}

/** Where a rater is, how fast they go, and whether everything has been sent. */
export function ScoreHead({ category, task, tasks, done, pace, waiting, problem }: Props) {
  const minutes = pace ? Math.ceil((tasks - done) / pace) : null;
  return (
    <div class="score-head">
      <p>
        <b>{category}</b> <span class="muted">{task} of {tasks}</span>
      </p>
      <progress max={tasks} value={done} aria-label="Scored">{done}</progress>
      <p class="muted small" data-needs-script data-waiting={waiting ?? ""}>
        {done} done
        {pace ? `, ${Math.round(pace)} a minute, about ${minutes} min left` : ""}
        {waiting === undefined ? "" : waiting === 0 ? " · all sent" : ` · ${waiting} kept here`}
        {problem ? `: ${problem}` : ""}
      </p>
    </div>
  );
}
