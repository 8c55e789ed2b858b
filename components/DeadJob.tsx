import type { ListedJob } from "../lib/jobs/dead.ts";
import { formatAge } from "./format.ts";
import { jobName } from "./job_names.ts";

/** A job that nobody could finish: what happened, and what may be done about it. */
export function DeadJob({ job, now }: { job: ListedJob; now: Date }) {
  const { id, entry_id, entryName, entryAuthor, error, attempts, worker, log } = job;
  return (
    <section class="panel dead-job" data-dead={id}>
      <h3>
        {jobName(job)}: <a href={`/submissions/${entry_id}`}>{entryName}</a>
      </h3>
      <dl class="facts">
        <dt>Author</dt>
        <dd>{entryAuthor}</dd>
        <dt>Stopped at</dt>
        <dd>{error?.stage ?? job.stage}</dd>
        <dt>Reason</dt>
        <dd>{error?.reason ?? "Nobody said why."}</dd>
        <dt>Attempts</dt>
        <dd>
          {attempts}
          {worker && `, the last by ${worker.name} (${worker.runtime}, ${worker.isa})`}
          {job.finished_at && `, ${formatAge(job.finished_at, now)}`}
        </dd>
      </dl>
      {log && (
        <details>
          <summary>Log</summary>
          <pre class="inside log" tabIndex={0}>{log}</pre>
        </details>
      )}
      <form class="actions" method="post" action="/admin/jobs">
        <input type="hidden" name="job" value={id} />
        <button class="button" type="submit" name="act" value="retry">Try again</button>
        <button class="button quiet" type="submit" name="act" value="discard">Discard</button>
      </form>
    </section>
  );
}
