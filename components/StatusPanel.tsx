import type { JobView, StatusView } from "../lib/submissions/status.ts";
import { formatDuration, formatFraction } from "./format.ts";
import { StateBadge } from "./StateBadge.tsx";
import { VisibilityNote } from "./VisibilityNote.tsx";

const JOB_NAMES: Record<string, string> = { score: "Check and score", verify: "Exact replay" };

/** All that is known of a submission's way: stages, failure and what comes next. */
export function StatusPanel({ view }: { view: StatusView }) {
  return (
    <div class="status" data-status={view.status} data-provenance={view.provenance}>
      <VisibilityNote visibility={view.visibility} />
      {view.failure && <FailureNote failure={view.failure} />}
      {view.status === "scored" && <ScoredNote view={view} />}
      {view.jobs.map((job) => (
        <JobPanel
          key={job.id}
          job={job}
          explained={view.failure !== null}
        />
      ))}
      {view.jobs.length === 0 && view.active && (
        <section class="panel">
          <p>Received and waiting for its turn.</p>
        </section>
      )}
    </div>
  );
}

function FailureNote({ failure }: { failure: { stage: string; reason: string; fix: string } }) {
  return (
    <div class="note bad" role="alert">
      <h2>Not accepted, at the stage “{failure.stage}”</h2>
      <p>
        <strong>{failure.reason}</strong>
      </p>
      <p>{failure.fix}</p>
      <p>
        <a href="/submit">Submit it again</a> once it is mended.
      </p>
    </div>
  );
}

function ScoredNote({ view }: { view: StatusView }) {
  return (
    <div class={`note ${view.provenance === "mismatch" ? "bad" : "good"}`}>
      <p>
        <strong>Scored.</strong> State of proof:{" "}
        <StateBadge state={view.provenance} count={view.exactCount} />
      </p>
      {view.provenance === "mismatch" && (
        <p>
          The replay gave other bits than the file holds, so the entry has no rank. The report says
          where.
        </p>
      )}
      {view.provenance === "pending" && !view.active && !view.duplicateOf && (
        <p>
          Replays begin with the leading entries of each board. This one is replayed when it is
          among them.
        </p>
      )}
      {view.duplicateOf && (
        <p>
          The same training was{" "}
          <a href={`/models/${view.duplicateOf}`}>submitted before</a>; the first entry holds the
          rank.
        </p>
      )}
      <p>
        <a class="button" href={`/models/${view.id}`}>See its page</a>
      </p>
    </div>
  );
}

function place(jobsAhead: number): string {
  if (jobsAhead === 0) return "next in the queue";
  return jobsAhead === 1 ? "1 job ahead" : `${jobsAhead} jobs ahead`;
}

/** `explained`: the page says already why the submission failed. */
function JobPanel({ job, explained }: { job: JobView; explained: boolean }) {
  const open = job.state === "running" || job.state === "retrying" || job.state === "failed";
  const running = job.state === "running";
  const label = JOB_NAMES[job.kind] ?? job.kind;
  return (
    <section class="panel" data-job={job.kind} data-state={job.state}>
      <h2>{label}</h2>
      <p class="stage">
        <span>
          {job.state === "running"
            ? job.stage
            : `${job.state}${
              job.stage && job.state !== "done" && job.stage !== job.state ? `: ${job.stage}` : ""
            }`}
        </span>
        <span class="muted">
          {running && job.etaMs !== null ? `about ${formatDuration(job.etaMs)} left · ` : ""}
          {job.jobsAhead === null
            ? formatFraction(job.state === "done" ? 1 : job.progress)
            : place(job.jobsAhead)}
          {job.attempts > 1 ? ` · attempt ${job.attempts}` : ""}
        </span>
      </p>
      <progress
        max={1}
        value={job.state === "done" ? 1 : job.progress}
        aria-label={`${label}, progress`}
      />
      {job.error && job.state !== "done" && !explained && (
        <p>
          Stopped at “{job.error.stage}”: {job.error.reason}{" "}
          {job.state === "retrying" ? "It is tried again by itself." : job.error.fix}
        </p>
      )}
      {job.log && (
        <details open={open}>
          <summary>Log</summary>
          <pre class="inside log" tabIndex={0}>{job.log}</pre>
        </details>
      )}
    </section>
  );
}
