import type { ListedJob } from "../lib/jobs/dead.ts";
import { formatAge, formatFraction } from "./format.ts";
import { jobName } from "./job_names.ts";
import { TableBox } from "./TableBox.tsx";

/** Jobs that run, then those that wait, in the order of the queue. */
export function OpenJobs({ jobs, now }: { jobs: readonly ListedJob[]; now: Date }) {
  return (
    <TableBox label="Running and waiting jobs">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Author</th>
            <th scope="col">Job</th>
            <th scope="col">State</th>
            <th scope="col">Worker</th>
            <th scope="col">Since</th>
            <th scope="col">Stop</th>
          </tr>
        </thead>
        <tbody>{jobs.map((job) => <OpenJob key={job.id} job={job} now={now} />)}</tbody>
      </table>
    </TableBox>
  );
}

function OpenJob({ job, now }: { job: ListedJob; now: Date }) {
  const { id, state, stage, progress, worker, attempts, created_at } = job;
  const running = state === "running";
  return (
    <tr data-open={id}>
      <th scope="row">
        <a href={`/submissions/${job.entry_id}`}>{job.entryName}</a>
      </th>
      <td data-label="Author">{job.entryAuthor}</td>
      <td data-label="Job">{jobName(job)}</td>
      <td data-label="State">
        {running ? `${stage}, ${formatFraction(progress)}` : state}
        {attempts > 1 && `, attempt ${attempts}`}
      </td>
      <td data-label="Worker">{running && worker ? worker.name : "—"}</td>
      <td class="nowrap" data-label="Since">
        {formatAge(running && job.attempt_at ? job.attempt_at : created_at, now)}
      </td>
      <td>
        <form method="post" action="/admin/jobs">
          <input type="hidden" name="job" value={id} />
          <button
            class="button quiet small"
            type="submit"
            name="act"
            value="cancel"
            aria-label={`Stop ${jobName(job)} of ${job.entryName}`}
          >
            Stop
          </button>
        </form>
      </td>
    </tr>
  );
}
