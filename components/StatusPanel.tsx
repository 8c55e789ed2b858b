import type { JobView, StatusView } from "../lib/submissions/status.ts";
import {
  formatDuration,
  formatFraction,
  formatInstant,
  formatInteger,
  formatPlace,
  formatScore,
} from "./format.ts";
import { jobName } from "./job_names.ts";
import { RelativeLink } from "./RelativeLink.tsx";
import { SpotCheckPanel } from "./SpotCheckPanel.tsx";
import { StateBadge } from "./StateBadge.tsx";
import { VisibilityNote } from "./VisibilityNote.tsx";

/** All that is known of a submission's way: stages, failure and what comes next. */
export function StatusPanel({ view }: { view: StatusView }) {
  return (
    <div class="status" data-status={view.status} data-provenance={view.provenance}>
      {view.withdrawnAt && <WithdrawnNote id={view.id} at={view.withdrawnAt} />}
      <VisibilityNote visibility={view.visibility} />
      {view.failure && <FailureNote failure={view.failure} />}
      {view.status === "scored" && <ScoredNote view={view} />}
      {view.spotCheck && <SpotCheckPanel check={view.spotCheck} entryId={view.id} />}
      <LineageLines view={view} />
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

function WithdrawnNote({ id, at }: { id: string; at: string }) {
  return (
    <div class="note">
      <p>
        <strong>Withdrawn on {formatInstant(new Date(at))} by its author.</strong>
      </p>
      <p>
        <a href={`/models/${id}`}>What is left of it</a>
      </p>
    </div>
  );
}

/** Other models this one names. */
function LineageLines({ view }: { view: StatusView }) {
  const { forkOf, versions, supersededBy } = view;
  const place = versions.findIndex(({ id }) => id === view.id);
  const before = versions[place - 1];
  return (
    <>
      {supersededBy && (
        <p class="note warn">
          Superseded by <a href={`/models/${supersededBy}`}>a newer version</a>.
        </p>
      )}
      {(forkOf || before) && (
        <p data-lineage>
          {forkOf && (
            <>
              Fork of <RelativeLink relative={forkOf} />.{" "}
            </>
          )}
          {before && (
            <>
              Version {place + 1}, after <RelativeLink relative={before} />.
            </>
          )}
        </p>
      )}
    </>
  );
}

function FailureNote({ failure }: { failure: NonNullable<StatusView["failure"]> }) {
  return (
    <div class="note bad" role="alert">
      <h2>Not accepted, at the stage “{failure.stage}”</h2>
      <p>
        <strong>{failure.reason}</strong>
      </p>
      <p>{failure.fix}</p>
      {failure.ours && <p>It is not counted against what you may submit.</p>}
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
        <StateBadge
          state={view.provenance}
          count={view.exactCount}
          sample={view.spotCheck &&
            { count: view.spotCheck.drawn.length, of: view.spotCheck.segments }}
        />
      </p>
      {view.provenance === "mismatch" && (
        <p>
          The replay gave other bits than the file holds, so the entry has no rank. The report says
          where.
        </p>
      )}
      {view.provenance === "pending" && !view.active && !view.spotCheck && !view.duplicateOf &&
        !view.supersededBy && (
        <p>
          Replays begin with the leading entries of each board. This one is replayed when it is
          among them.
        </p>
      )}
      {view.duplicateOf && view.duplicateOf !== view.supersededBy && (
        <p>
          The same training was{" "}
          <a href={`/models/${view.duplicateOf}`}>submitted before</a>; the first entry holds the
          rank.
        </p>
      )}
      <Places scores={view.scores} />
      <p>
        <a class="button" href={`/models/${view.id}`}>See its page</a>
      </p>
    </div>
  );
}

/** What its sender waited for: the scores, and where they stand. */
function Places({ scores }: Pick<StatusView, "scores">) {
  const ranked = scores.filter(({ rank }) => rank !== null);
  if (ranked.length === 0) return null;
  return (
    <ul data-places>
      {ranked.map(({ id, name, unit, score, rank }) => (
        <li key={id}>
          <a href={`/leaderboard/${id}`}>{name}</a> {formatScore(score, unit)}:{" "}
          {formatPlace(rank!.rank)} of {formatInteger(rank!.of)}
        </li>
      ))}
    </ul>
  );
}

function place(jobsAhead: number): string {
  if (jobsAhead === 0) return "next in the queue";
  return jobsAhead === 1 ? "1 job ahead" : `${jobsAhead} jobs ahead`;
}

/** `explained`: the page says already why it failed. */
export function JobPanel({ job, explained }: { job: JobView; explained: boolean }) {
  const open = job.state === "running" || job.state === "retrying" || job.state === "failed";
  const label = jobName(job);
  return (
    <section class="panel" data-job={job.task ?? job.kind} data-state={job.state}>
      <h2>{label}</h2>
      <JobStage job={job} />
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

function JobStage({ job }: { job: JobView }) {
  const running = job.state === "running";
  return (
    <p class="stage">
      <span>
        {job.state === "running"
          ? job.stage
          : `${job.state}${
            job.stage && job.state !== "done" && job.stage !== job.state ? `: ${job.stage}` : ""
          }`}
      </span>
      <span class="muted">
        {job.etaMs === null
          ? ""
          : `about ${formatDuration(job.etaMs)} ${running ? "left" : "to go"} · `}
        {job.jobsAhead === null
          ? formatFraction(job.state === "done" ? 1 : job.progress)
          : place(job.jobsAhead)}
        {job.attempts > 1 ? ` · attempt ${job.attempts}` : ""}
      </span>
    </p>
  );
}
