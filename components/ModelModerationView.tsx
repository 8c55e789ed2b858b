import type { ModelModeration } from "../lib/moderation/queue_page.ts";
import { DecideForm } from "./DecideForm.tsx";
import { DecisionList } from "./DecisionList.tsx";
import { FindingList } from "./FindingList.tsx";
import { FlagForm } from "./FlagForm.tsx";

interface Props {
  entryId: string;
  moderation: ModelModeration;
  /** This visitor has just flagged it. */
  flagged: boolean;
}

/** At the end of a model's page: what was decided, and the forms of readers and moderators. */
export function ModelModerationView({ entryId, moderation: { decisions, item }, flagged }: Props) {
  return (
    <>
      {decisions.length > 0 && (
        <section id="decisions">
          <h2>Decisions of moderators</h2>
          <DecisionList decisions={decisions} named={false} />
        </section>
      )}
      <section id="flag">
        {item
          ? (
            <div class="panel narrow">
              <h2>For moderators</h2>
              {item.flags.length > 0 && (
                <ul class="note warn flags">
                  {item.flags.map(({ id, reason }) => <li key={id}>{reason}</li>)}
                </ul>
              )}
              <FindingList findings={item.findings} />
              <DecideForm
                entryId={entryId}
                acts={item.acts}
                back={`/models/${entryId}#decisions`}
              />
            </div>
          )
          : <FlagForm entryId={entryId} flagged={flagged} />}
      </section>
    </>
  );
}
