import { REASON_LENGTH } from "../lib/moderation/acts.ts";

/** For readers: what is wrong with a model, told to the moderators. */
export function FlagForm({ entryId, flagged }: { entryId: string; flagged: boolean }) {
  if (flagged) {
    return (
      <p class="note good" role="status">
        Thank you. A moderator will look at it, and what is decided will stand on this page.
      </p>
    );
  }
  return (
    <details class="narrow">
      <summary>Something wrong with this model?</summary>
      <form class="inside" method="post" action={`/models/${entryId}/flag`}>
        <div class="field">
          <label for="flag-reason">What is wrong with it?</label>
          <textarea
            id="flag-reason"
            name="reason"
            rows={3}
            required
            maxLength={REASON_LENGTH}
            aria-describedby="flag-hint"
          />
          <p class="hint" id="flag-hint">
            Moderators read it. What they decide is public, with their reason.
          </p>
        </div>
        <button class="button quiet" type="submit">Flag it</button>
      </form>
    </details>
  );
}
