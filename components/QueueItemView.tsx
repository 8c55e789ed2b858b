import type { QueueItem } from "../lib/moderation/queue_page.ts";
import { authorPath } from "./author_path.ts";
import { DecideForm } from "./DecideForm.tsx";
import { FindingList } from "./FindingList.tsx";
import { formatAge, formatParameters } from "./format.ts";
import { EntryBadge } from "./StateBadge.tsx";

interface Props {
  item: QueueItem;
  back: string;
  now: Date;
}

const PLACES = { public: "on the board", held: "in the holding area", hidden: "hidden" };

/** One model of the queue: what it is, what the machine and readers say, and what can be done. */
export function QueueItemView({ item: { entry, flags, findings, acts }, back, now }: Props) {
  return (
    <article class="panel queue-item" data-entry={entry.id}>
      <h2>
        <a href={`/models/${entry.id}`}>{entry.name}</a>
      </h2>
      <p class="small muted">
        by <a href={authorPath(entry.author)}>{entry.author}</a>
        {entry.account_id === null ? (entry.gallery ? ", gallery" : ", a guest") : ""},{" "}
        {formatAge(entry.created_at, now)}, {PLACES[entry.visibility]}
        {entry.featured ? ", featured" : ""}
        {entry.parameters !== null && `, ${formatParameters(entry.parameters)} parameters`}{" "}
        <EntryBadge entry={entry} />
      </p>
      {entry.blurb && <p class="prose">{entry.blurb}</p>}
      {flags.length > 0 && (
        <ul class="note warn flags">
          {flags.map((flag) => (
            <li key={flag.id}>
              {flag.reason}{" "}
              <span class="muted small">
                ({flag.account_id === null ? "a guest" : "an account"},{" "}
                {formatAge(flag.created_at, now)})
              </span>
            </li>
          ))}
        </ul>
      )}
      <FindingList findings={findings} />
      <DecideForm entryId={entry.id} acts={acts} back={back} />
      {!entry.gallery && (
        <p class="small">
          <a href={`/moderation/accounts?author=${encodeURIComponent(entry.author)}#ban`}>
            Ban {entry.author} …
          </a>
        </p>
      )}
    </article>
  );
}
