import { Head } from "fresh/runtime";
import type { Entry } from "../lib/storage/entry_schema.ts";
import type { Family } from "../lib/submissions/family.ts";
import type { ReportRow } from "../lib/verification/store.ts";
import { FamilyTree, hasFamily } from "./FamilyTree.tsx";
import { formatInstant, UNKNOWN } from "./format.ts";
import { ReportTable } from "./ReportTable.tsx";

interface Props {
  entry: Entry;
  family: Family;
  reports: ReportRow[];
  now: Date;
}

/** What is left of an entry that its author took back. */
export function Tombstone({ entry, family, reports, now }: Props) {
  return (
    <>
      <Head>
        <title>{entry.name}: withdrawn · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/leaderboard">Leaderboards</a> / Model
      </p>
      <h1>{entry.name}</h1>
      <p class="lead">by {entry.author}</p>
      <WhatIsLeft entry={entry} />
      {hasFamily(family) && (
        <section id="family">
          <h2>Family</h2>
          <FamilyTree family={family} id={entry.id} />
        </section>
      )}
      {reports.length > 0 && (
        <section id="reports">
          <h2>Verification reports</h2>
          <ReportTable reports={reports} now={now} />
        </section>
      )}
    </>
  );
}

function WhatIsLeft({ entry }: { entry: Entry }) {
  return (
    <>
      <p class="note" data-withdrawn>
        <strong>
          Withdrawn on {entry.withdrawn_at ? formatInstant(entry.withdrawn_at) : UNKNOWN}{" "}
          by its author.
        </strong>{" "}
        It is on no board, and its file is gone. What the <a href="/ledger">ledger</a>{" "}
        says of it stays, and so do these digests: whoever has the file can tell that it is the one.
      </p>
      <dl class="facts">
        <dt>Submitted</dt>
        <dd>{formatInstant(entry.created_at)}</dd>
        <dt>SHA-256 of the file</dt>
        <dd>
          <code class="digest">{entry.file_digest}</code>
        </dd>
        <dt>Digest of the weights</dt>
        <dd>
          <code class="digest">{entry.model_digest ?? UNKNOWN}</code>
        </dd>
      </dl>
    </>
  );
}
