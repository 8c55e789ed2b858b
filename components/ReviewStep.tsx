import type { ReviewPage } from "../lib/lab/review_page.ts";
import type { Rater, ScoreCell } from "../lib/lab/types.ts";
import { RaterName } from "./LabAgreement.tsx";
import { LabText } from "./LabText.tsx";

type Shown = NonNullable<ReviewPage["shown"]>;

/** One difference: first without the scores, then with both side by side. */
export function ReviewStep({ page, shown, action, canReview }: {
  page: ReviewPage;
  shown: Shown;
  /** Where forms go, with the query that names the two. */
  action: string;
  canReview: boolean;
}) {
  const { item, criterion, stage } = shown;
  return (
    <div class="review">
      <div class="panel">
        <p class="muted small">{criterion.category || item.category}</p>
        <h2>{criterion.text}</h2>
        <LabText prompt={item.prompt} completion={item.completion} />
      </div>
      <div>
        {stage === "blind"
          ? <BlindForm levels={page.rubric.levels} action={action} at={shown.at} able={canReview} />
          : <Revealed page={page} shown={shown} action={action} />}
      </div>
    </div>
  );
}

function BlindForm({ levels, action, at, able }: {
  levels: readonly number[];
  action: string;
  at: number;
  able: boolean;
}) {
  return (
    <form class="panel" method="post" action={action}>
      <h3>What would you give?</h3>
      <p class="muted">The two scores differ. They are shown once yours is given.</p>
      <input type="hidden" name="do" value="blind" />
      <input type="hidden" name="at" value={at} />
      {!able && (
        <div class="field">
          <label for="name">Your name or initials</label>
          <input id="name" name="name" required maxLength={60} autocomplete="name" />
          <p class="hint">Kept with what you say. This browser is known by a cookie.</p>
        </div>
      )}
      <p class="actions">
        {levels.map((level) => (
          <button key={level} class="button quiet" type="submit" name="value" value={level}>
            {level}
          </button>
        ))}
      </p>
    </form>
  );
}

function Revealed({ page, shown, action }: { page: ReviewPage; shown: Shown; action: string }) {
  const { difference, own, others, at } = shown;
  return (
    <>
      <div class="sides">
        <Side rater={page.a} cell={difference.a} />
        <Side rater={page.b} cell={difference.b} />
      </div>
      {own?.blindValue !== null && own !== null && (
        <p>
          You gave <strong>{own.blindValue}</strong>, without seeing either.
        </p>
      )}
      <form class="panel" method="post" action={action}>
        <h3>
          Do you agree with <RaterName rater={page.reviewed} />?
        </h3>
        <input type="hidden" name="do" value="verdict" />
        <input type="hidden" name="at" value={at} />
        <div class="field">
          <label for="comment">Comment (optional)</label>
          <textarea
            id="comment"
            name="comment"
            rows={3}
            maxLength={4000}
            defaultValue={own?.comment ?? ""}
          />
        </div>
        <p class="actions">
          <button class="button" type="submit" name="agree" value="yes">Agree</button>
          <button class="button quiet" type="submit" name="agree" value="no">Disagree</button>
          {own !== null && own.agree !== null && (
            <span class="muted">You said {own.agree ? "agree" : "disagree"}.</span>
          )}
        </p>
      </form>
      {others.length > 0 && <Others others={others} />}
    </>
  );
}

function Side({ rater, cell }: { rater: Rater; cell: ScoreCell }) {
  return (
    <div class="panel">
      <p class="small">
        <RaterName rater={rater} />
      </p>
      <p class="given">{cell.value}</p>
      {cell.note && <p class="small explained">{cell.note}</p>}
    </div>
  );
}

function Others({ others }: { others: Shown["others"] }) {
  return (
    <>
      <h3>What others said</h3>
      <ul>
        {others.map(({ reviewerId, reviewer, agree, blindValue, comment }) => (
          <li key={reviewerId}>
            {reviewer} {agree ? "agreed" : "disagreed"}, {blindValue === null
              ? "with the score on the screen"
              : `having given ${blindValue} blind`}
            {comment && <>: “{comment}”</>}
          </li>
        ))}
      </ul>
    </>
  );
}
