import type { OwnEntry } from "../lib/accounts/store.ts";
import type { SampleShare } from "../lib/verification/sample_store.ts";
import { formatAge } from "./format.ts";
import { EntryBadge } from "./StateBadge.tsx";
import { TableBox } from "./TableBox.tsx";

const VISIBILITY_WORDS: Record<OwnEntry["visibility"], string> = {
  public: "",
  held: "in the holding area",
  hidden: "hidden by a moderator",
};

type Shown = OwnEntry & { sample?: SampleShare };

/** What an account has submitted, wherever it is by now. */
export function OwnEntries({ entries, now }: { entries: readonly Shown[]; now: Date }) {
  if (entries.length === 0) {
    return (
      <p>
        None yet. <a href="/submit">Submit a model</a>.
      </p>
    );
  }
  return (
    <TableBox label="Your models">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Stage</th>
            <th scope="col">Proof</th>
            <th scope="col">Sent</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => <OwnRow key={entry.id} entry={entry} now={now} />)}
        </tbody>
      </table>
    </TableBox>
  );
}

function OwnRow({ entry, now }: { entry: Shown; now: Date }) {
  const { id, name, status, visibility, created_at } = entry;
  return (
    <tr>
      <th scope="row">
        <a href={`/models/${id}`}>{name}</a>
      </th>
      <td>
        <a href={`/submissions/${id}`}>{status}</a>
        {visibility !== "public" && (
          <>
            <br />
            <small class="muted">{VISIBILITY_WORDS[visibility]}</small>
          </>
        )}
      </td>
      <td>
        <EntryBadge entry={entry} sample={entry.sample} />
      </td>
      <td class="nowrap">{formatAge(created_at, now)}</td>
    </tr>
  );
}
