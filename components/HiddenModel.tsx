import { Head } from "fresh/runtime";
import type { DecisionRow } from "../lib/moderation/store.ts";
import type { Entry } from "../lib/storage/entry_schema.ts";
import { DecisionList } from "./DecisionList.tsx";
import { formatInstant } from "./format.ts";

/** What is left of a model that a moderator has hidden: no word of its own, and why. */
export function HiddenModel(
  { entry, decisions }: { entry: Entry; decisions: readonly DecisionRow[] },
) {
  return (
    <>
      <Head>
        <title>A hidden model · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/leaderboard">Leaderboards</a> / Model {entry.id}
      </p>
      <h1>This model is hidden</h1>
      <p class="lead">
        A moderator took it off every board, list and picture. What was decided, and why, stays.
      </p>
      <DecisionList decisions={decisions} named={false} />
      <dl class="facts">
        <dt>Submitted</dt>
        <dd>{formatInstant(entry.created_at)}</dd>
        <dt>SHA-256 of the file</dt>
        <dd>
          <code class="digest">{entry.file_digest}</code>
        </dd>
        {entry.model_digest && [
          <dt key="m">Digest of the weights</dt>,
          <dd key="mv">
            <code class="digest">{entry.model_digest}</code>
          </dd>,
        ]}
      </dl>
      <p>
        <a href="/moderation/decisions">All decisions</a> · <a href="/ledger">The ledger</a>
      </p>
    </>
  );
}
