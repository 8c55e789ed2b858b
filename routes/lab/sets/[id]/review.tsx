import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { RaterName } from "../../../../components/LabAgreement.tsx";
import { ReviewStep } from "../../../../components/ReviewStep.tsx";
import { guestPolicy } from "../../../../lib/config.ts";
import { readForm } from "../../../../lib/http/form.ts";
import { beginRating, raterOf } from "../../../../lib/http/lab_rater.ts";
import { raterId } from "../../../../lib/http/lab_query.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { ratingLimiter, remoteAddress } from "../../../../lib/http/rate_limit.ts";
import { loadReview, type ReviewPage, takeReview } from "../../../../lib/lab/review_page.ts";

const place = z.coerce.number({ error: "a whole number from 1" }).int("a whole number from 1")
  .min(1, "a whole number from 1").optional();
const query = z.object({
  a: raterId,
  b: raterId,
  criterion: z.string().max(80).optional(),
  at: place,
});

export const handler = define.handlers({
  async GET(ctx) {
    const { services: { db, config }, caller } = ctx.state;
    const choice = parseQuery(query, ctx.url);
    const rater = await raterOf(ctx);
    const review = await loadReview(db, ctx.params.id, choice, rater);
    const mayReview = caller !== null || guestPolicy(config) !== "off";
    return page({ review, known: rater !== null || caller !== null, mayReview, choice });
  },

  /** A blind score, or a verdict; a guest becomes a rater by the first. */
  async POST(ctx) {
    const { db, now } = ctx.state.services;
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const fields = await readForm(ctx.req);
    const { rater, cookie } = await beginRating(ctx, fields);
    const choice = parseQuery(query, ctx.url);
    const at = place.parse(fields.at);
    const review = await loadReview(db, ctx.params.id, { ...choice, at }, rater);
    await takeReview(db, review, rater, fields, now());
    const target = new URLSearchParams(ctx.url.search);
    target.delete("at");
    // The scores are shown at the same place; a verdict goes on to the next that is open.
    if (fields.do === "blind" && at !== undefined) target.set("at", String(at));
    const headers = new Headers({ location: `/lab/sets/${ctx.params.id}/review?${target}` });
    if (cookie !== null) headers.append("set-cookie", cookie);
    return new Response(null, { status: 303, headers });
  },
});

export default define.page<typeof handler>(function ReviewView({ data, url }) {
  const { review, known, mayReview, choice } = data;
  const { set, a, b, shown } = review;
  const search = new URLSearchParams(url.search);
  search.delete("at");
  const path = `/lab/sets/${set.id}/review?${search}`;
  return (
    <>
      <Head>
        <title>Review of {set.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={`/lab/sets/${set.id}`}>{set.name}</a> ›{" "}
        <a href={`/lab/sets/${set.id}/analysis?a=${a.id}&b=${b.id}#pair`}>Analysis</a>
      </p>
      <h1>Where two differ</h1>
      <p>
        <RaterName rater={a} /> and <RaterName rater={b} />
      </p>
      <CriterionChoice review={review} chosen={choice.criterion} />
      <Tally review={review} path={path} />
      {!mayReview && (
        <p class="note">
          This board takes reviews from accounts only.{" "}
          <a href={`/account/sign-in?next=${encodeURIComponent(url.pathname + url.search)}`}>
            Sign in
          </a>
        </p>
      )}
      {mayReview && shown && (
        <ReviewStep page={review} shown={shown} action={path} canReview={known} />
      )}
    </>
  );
});

function CriterionChoice({ review: { a, b, rubric }, chosen }: {
  review: ReviewPage;
  chosen: string | undefined;
}) {
  return (
    <form class="item-filter" method="get">
      <input type="hidden" name="a" value={a.id} />
      <input type="hidden" name="b" value={b.id} />
      <div class="field">
        <label for="criterion">Criterion</label>
        <select id="criterion" name="criterion">
          <option value="">All</option>
          {rubric.criteria.map(({ id, category, text }) => (
            <option key={id} value={id} selected={id === chosen}>{`${category}: ${text}`}</option>
          ))}
        </select>
      </div>
      <button class="button quiet" type="submit">Show</button>
    </form>
  );
}

/** How far this reviewer is, and whose side the blind scores take. */
function Tally({ review: { tally, a, b, shown }, path }: { review: ReviewPage; path: string }) {
  const { differences, done, withA, withB, withNeither } = tally;
  const blind = withA + withB + withNeither;
  return (
    <>
      <p>
        {shown
          ? `Difference ${shown.at} of ${differences}`
          : differences === 0
          ? "They do not differ"
          : `No difference is open: ${done} of ${differences} are reviewed`}
        {shown && shown.at > 1 &&
          [" · ", <a key="p" href={`${path}&at=${shown.at - 1}`}>Previous</a>]}
        {shown && shown.at < differences &&
          [" · ", <a key="n" href={`${path}&at=${shown.at + 1}`}>Skip to the next</a>]}
      </p>
      {blind > 0 && (
        <p class="muted">
          Of your {blind} blind scores {withA} are those of {a.name}, {withB} those of {b.name},
          {" "}
          {withNeither} neither's.
        </p>
      )}
    </>
  );
}
