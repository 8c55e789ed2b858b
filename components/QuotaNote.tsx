import type { QuotaView } from "../lib/submissions/quota.ts";
import { formatBytes, formatInstant } from "./format.ts";

/** How much of one's quotas is used: "3 of 20 today". */
export function QuotaNote({ limits, usage }: QuotaView) {
  const full = usage.submissions >= limits.submissionsPerDay;
  return (
    <div data-quota>
      <dl class="facts">
        <dt>Submissions in 24 hours</dt>
        <dd>{usage.submissions} of {limits.submissionsPerDay}</dd>
        <dt>Waiting to be scored</dt>
        <dd>{usage.openJobs} of {limits.openJobs}</dd>
        <dt>Room for files</dt>
        <dd>{formatBytes(usage.storedBytes)} of {formatBytes(limits.storedBytes)}</dd>
      </dl>
      {full && usage.freeAtMs !== null && (
        <p class="note warn">The next one is free at {formatInstant(new Date(usage.freeAtMs))}.</p>
      )}
      <p class="hint">
        What fails through a fault of ours does not count, nor the same file again, nor what is
        withdrawn before its turn.
      </p>
    </div>
  );
}
