import { useEffect, useState } from "preact/hooks";
import type { StatusView } from "../lib/submissions/status.ts";
import { dryScoresOf } from "./dry_scores.ts";
import { isEqual, type TabScore, TabScores } from "./TabScores.tsx";

/** The scores this tab computed before the upload, held against those the server found. */
export function TabAgainstServer({ view }: { view: StatusView }) {
  const [outcomes, setOutcomes] = useState<TabScore[]>([]);
  useEffect(() => setOutcomes(dryScoresOf(view.fileDigest)), [view.fileDigest]);
  const known = outcomes.filter(({ id, version }) =>
    view.scores.some((score) => score.id === id && score.version === version)
  );
  if (known.length === 0) return null;
  const differing = known.filter((outcome) => !isEqual(outcome, view.scores)).length;
  return (
    <section data-tab-against-server={differing === 0 ? "equal" : "different"}>
      <h2>Your tab and the server</h2>
      {differing === 0
        ? (
          <p class="note good" role="status">
            <strong>Equal to the bit.</strong> {known.length === 1
              ? "The score that your tab found"
              : `All ${known.length} scores that your tab found`} before the upload{" "}
            {known.length === 1 ? "is the one" : "are those"} of the server.
          </p>
        )
        : (
          <p class="note bad" role="alert">
            <strong>
              {differing} of {known.length} scores differ from those of the server.
            </strong>{" "}
            Please tell us which browser this is.
          </p>
        )}
      <TabScores outcomes={known} stored={view.scores} />
    </section>
  );
}
