import { page } from "fresh";
import { Head } from "fresh/runtime";
import type { z } from "zod";
import { define } from "../../app_state.ts";
import { formatInteger } from "../../components/format.ts";
import { Pager } from "../../components/Pager.tsx";
import { ReviewList } from "../../components/ReviewList.tsx";
import { reviewFilter, reviewsQuery } from "../../lib/http/lab_query.ts";
import { parseQuery } from "../../lib/http/query.ts";
import { countReviews, listReviews, reviewChoices } from "../../lib/lab/reviews_store.ts";

const PAGE_SIZE = 20;

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const query = parseQuery(reviewsQuery, ctx.url);
    const filter = reviewFilter(query);
    const [total, choices, reviews] = await Promise.all([
      countReviews(db, filter),
      reviewChoices(db, filter),
      listReviews(db, filter, { limit: PAGE_SIZE, offset: PAGE_SIZE * (query.page - 1) }),
    ]);
    return page({ query, total, choices, reviews });
  },
});

export default define.page<typeof handler>(function ReviewsPage({ data, url }) {
  const { query, total, choices, reviews } = data;
  const kept = new URLSearchParams([...url.searchParams].filter(([, value]) => value !== ""));
  kept.delete("page");
  return (
    <>
      <Head>
        <title>Reviews · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>Reviews</h1>
      <p class="lead">
        What people said of scores of others: blind first, then agree or disagree, and why. Scores
        and models are named here: who wants to score a set blind scores first.
      </p>
      <ReviewFilter query={query} choices={choices} />
      <p>
        {total === 1 ? "1 review" : `${formatInteger(total)} reviews`} ·{" "}
        <a href={`/lab/reviews.csv?${kept}`}>CSV</a> ·{" "}
        <a href={`/api/v1/lab/reviews?${kept}`}>JSON</a>
      </p>
      {total === 0
        ? (
          <p class="note">
            None. On the analysis of a set, choose two raters and review where they differ.
          </p>
        )
        : <ReviewList reviews={reviews} />}
      <Pager
        page={query.page}
        pages={Math.ceil(total / PAGE_SIZE)}
        path={`/lab/reviews?${kept}`}
      />
    </>
  );
});

const VERDICTS = [{ id: "yes", name: "Agree" }, { id: "no", name: "Disagree" }];
const COMMENTS = [{ id: "only", name: "With a comment" }];

function ReviewFilter({ query, choices }: {
  query: z.output<typeof reviewsQuery>;
  choices: Awaited<ReturnType<typeof reviewChoices>>;
}) {
  return (
    <form class="item-filter" method="get">
      <Choice name="set" label="Set" chosen={query.set} options={choices.sets} />
      <Choice
        name="criterion"
        label="Criterion"
        chosen={query.criterion}
        options={choices.criteria.map((id) => ({ id, name: id.replaceAll("_", " ") }))}
      />
      <Choice name="agree" label="Verdict" chosen={query.agree} options={VERDICTS} />
      <Choice name="comments" label="Comment" chosen={query.comments} options={COMMENTS} />
      <button class="button quiet" type="submit">Show</button>
    </form>
  );
}

function Choice({ name, label, chosen, options }: {
  name: string;
  label: string;
  chosen: string | undefined;
  options: readonly { id: string; name: string }[];
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">All</option>
        {options.map(({ id, name }) => (
          <option key={id} value={id} selected={id === chosen}>{name}</option>
        ))}
      </select>
    </div>
  );
}
