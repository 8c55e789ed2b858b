import type { ModelPage } from "../lib/submissions/model_page.ts";
import { ConfirmationList } from "./ConfirmationList.tsx";
import { OrderReplay } from "./OrderReplay.tsx";
import { ReportTable } from "./ReportTable.tsx";
import { SeedAudits } from "./SeedAudits.tsx";
import { SegmentList } from "./SegmentList.tsx";
import { SpotCheckPanel } from "./SpotCheckPanel.tsx";

interface Props extends ModelPage {
  /** A moderator looks, who may order replays. */
  moderator: boolean;
  now: Date;
}

/** What replays have found: the board's own, those from fresh seeds, those of visitors. */
export function ModelProof(props: Props) {
  const { entry, audits, recipe } = props;
  return (
    <>
      <Reports {...props} />
      {audits.length > 0 && (
        <section id="fresh-seeds">
          <h2>Fresh seeds</h2>
          <SeedAudits audits={audits} entryId={entry.id} />
        </section>
      )}
      {recipe && <Confirmations {...props} engine={recipe.engine} />}
    </>
  );
}

function Reports({ entry, reports, spotCheck, recipe, moderator, now }: Props) {
  return (
    <section id="reports">
      <h2>Verification reports</h2>
      {spotCheck && <SpotCheckPanel check={spotCheck} entryId={entry.id} />}
      {reports.length > 0 ? <ReportTable reports={reports} now={now} /> : (
        <p class="note">
          {recipe
            ? "The training of this model has not been replayed yet."
            : "There is no recipe to replay, so there are no reports."}
        </p>
      )}
      {moderator && recipe && <OrderReplay entryId={entry.id} />}
    </section>
  );
}

function Confirmations({ entry, chain, engine, now, ...found }: Props & { engine: string }) {
  return (
    <section id="confirmations">
      <h2>Who agrees</h2>
      <ConfirmationList
        {...{ entry, engine, now }}
        own={found.ownRuntimes}
        confirmations={found.confirmations}
      />
      <SegmentList entryId={entry.id} {...{ chain, now }} rows={found.segmentConfirmations} />
      <p class="prose muted">
        Visitors replay it, or a part of its run, in their own browser and may sign what came out.
        {" "}
        <a href="/volunteer">Lend your tab</a>.
      </p>
    </section>
  );
}
