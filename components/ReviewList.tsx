import type { ListedReview } from "../lib/lab/reviews_store.ts";
import { formatInstant, UNKNOWN } from "./format.ts";
import { LabText } from "./LabText.tsx";

/** Verdicts of reviewers, each with the score and the completion it is about. */
export function ReviewList({ reviews }: { reviews: readonly ListedReview[] }) {
  return (
    <>
      {reviews.map((review) => (
        <section key={review.id} class="lab-item reviewed" data-agree={String(review.agree)}>
          <h2>{review.text}</h2>
          <p class="small muted">
            {review.category}, completion {review.position} of{" "}
            <a href={`/lab/sets/${review.setId}`}>{review.setName}</a>. {review.reviewer},{" "}
            <time dateTime={review.at.toISOString()}>{formatInstant(review.at)}</time>
          </p>
          <p>
            <span class={`state ${review.agree ? "good" : "bad"}`}>
              {review.agree ? "agree" : "disagree"}
            </span>{" "}
            {said(review)}
          </p>
          {review.comment !== "" && <blockquote class="comment">{review.comment}</blockquote>}
          <details>
            <summary>The completion{review.note && ", and why the score was given"}</summary>
            <LabText prompt={review.prompt} completion={review.completion} />
            {review.note && <p class="prose">{review.note}</p>}
          </details>
        </section>
      ))}
    </>
  );
}

/** "Haiku (judge) gave 1; Anna gave 0.5 without seeing it." */
function said({ rater, kind, score, reviewer, blindValue }: ListedReview): string {
  const who = kind === "judge" ? `${rater} (judge)` : rater;
  const blind = blindValue === null
    ? `${reviewer} saw that first`
    : `${reviewer} gave ${blindValue} without seeing it`;
  return `${who} gave ${score ?? UNKNOWN}; ${blind}.`;
}
