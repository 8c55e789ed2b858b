import type { SetModeration } from "../lib/lab/set_page.ts";
import type { Rater } from "../lib/lab/types.ts";
import { type LabAct, type PromptAct, REASON_LENGTH } from "../lib/moderation/acts.ts";
import type { PromptModeration } from "../lib/lab/prompt_sets_store.ts";
import { TO_DO } from "./decision_words.ts";
import { DecisionList } from "./DecisionList.tsx";

/** At the end of a set's page: what was decided, and the forms of moderators. */
export function LabModerationView({ setId, of: { decisions, forms } }: {
  setId: string;
  of: SetModeration;
}) {
  if (decisions.length === 0 && forms === null) return null;
  return (
    <section id="moderation">
      <h2>{forms ? "Moderation" : "Decisions of moderators"}</h2>
      {decisions.length > 0 && <DecisionList decisions={decisions} named />}
      {forms && (
        <div class="grid-2">
          <DecideForm
            action={`/lab/sets/${setId}/moderate`}
            title="The set"
            acts={[forms.hidden ? "show-set" : "hide-set"]}
          />
          {forms.shown.length > 0 && (
            <DecideForm
              action={`/lab/sets/${setId}/moderate`}
              title="A rater's scores"
              acts={["hide-scores"]}
              raters={forms.shown}
            />
          )}
          {forms.hiddenRaters.length > 0 && (
            <DecideForm
              action={`/lab/sets/${setId}/moderate`}
              title="Hidden scores"
              acts={["show-scores"]}
              raters={forms.hiddenRaters}
            />
          )}
        </div>
      )}
    </section>
  );
}

/** The same at the end of the page of a set of prompts. */
export function PromptModerationView({ promptSetId, of: { decisions, act } }: {
  promptSetId: string;
  of: PromptModeration;
}) {
  if (decisions.length === 0 && act === null) return null;
  return (
    <section id="moderation">
      <h2>{act ? "Moderation" : "Decisions of moderators"}</h2>
      {decisions.length > 0 && <DecisionList decisions={decisions} named={false} />}
      {act && (
        <div class="grid-2">
          <DecideForm
            action={`/lab/prompt-sets/${promptSetId}/moderate`}
            title="The prompts"
            acts={[act]}
          />
        </div>
      )}
    </section>
  );
}

function DecideForm({ action, title, acts, raters }: {
  action: string;
  title: string;
  acts: readonly (LabAct | PromptAct)[];
  raters?: readonly Rater[];
}) {
  const id = `reason-${acts[0]}`;
  return (
    <form class="panel decide" method="post" action={action}>
      <h3>{title}</h3>
      {raters && (
        <div class="field">
          <label for={`${id}-rater`}>Of</label>
          <select id={`${id}-rater`} name="rater">
            {raters.map(({ id, name, kind }) => (
              <option key={id} value={id}>{kind === "judge" ? `${name} (judge)` : name}</option>
            ))}
          </select>
        </div>
      )}
      <label for={id}>Reason, which everybody can read</label>
      <textarea id={id} name="reason" rows={2} required maxLength={REASON_LENGTH} />
      <p class="actions">
        {acts.map((act) => (
          <button key={act} class="button quiet small" type="submit" name="act" value={act}>
            {TO_DO[act]}
          </button>
        ))}
      </p>
    </form>
  );
}
