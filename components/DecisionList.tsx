import type { DecisionRow } from "../lib/moderation/store.ts";
import { DONE, TONE } from "./decision_words.ts";
import { formatInstant } from "./format.ts";

interface Props {
  decisions: readonly DecisionRow[];
  /** Name the model of each; on its own page that goes without saying. */
  named: boolean;
}

/** What moderators decided and why, newest first. */
export function DecisionList({ decisions, named }: Props) {
  return (
    <ul class="decisions">
      {decisions.map((decision) => (
        <li key={decision.id} id={decision.id}>
          <p class="decision-head">
            <span class={`state ${TONE[decision.act]}`}>{DONE[decision.act]}</span>
            {named && <Subject decision={decision} />}
          </p>
          <p class="reason">{decision.reason}</p>
          <p class="small muted">
            <time dateTime={decision.created_at.toISOString()}>
              {formatInstant(decision.created_at)}
            </time>{" "}
            by {decision.moderator_name},{" "}
            <a href={`/ledger?before=${decision.ledger_seq + 1}`}>
              line {decision.ledger_seq} of the ledger
            </a>
          </p>
        </li>
      ))}
    </ul>
  );
}

function Subject({ decision }: { decision: DecisionRow }) {
  const { entry_id, entryName, author, account_id, lab_set_id, setName, lab_rater_id } = decision;
  const { lab_prompt_set_id, promptsName } = decision;
  if (lab_prompt_set_id !== null) {
    return (
      <a href={`/lab/prompt-sets/${lab_prompt_set_id}`}>
        {promptsName ?? `hidden prompts, ${lab_prompt_set_id}`}
      </a>
    );
  }
  if (lab_set_id !== null) {
    return (
      <span>
        {lab_rater_id !== null && "one rater's on "}
        <a href={`/lab/sets/${lab_set_id}`}>{setName ?? `a hidden set, ${lab_set_id}`}</a>
      </span>
    );
  }
  if (entry_id !== null) {
    return <a href={`/models/${entry_id}`}>{entryName ?? `a hidden model, ${entry_id}`}</a>;
  }
  return (
    <span>
      {account_id === null ? "guests who call themselves " : "the account "}
      <strong>{author}</strong>
    </span>
  );
}
