import { define } from "../../../../app_state.ts";
import { reviewsJson } from "../../../../lib/http/api_lab_reviews.ts";
import { taggedJson } from "../../../../lib/http/json.ts";
import { reviewFilter, reviewsQuery } from "../../../../lib/http/lab_query.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { countReviews, listReviews } from "../../../../lib/lab/reviews_store.ts";

const PAGE_SIZE = 100;

export const handler = define.handlers({
  /** What reviewers said of scores of others, newest first. */
  async GET(ctx) {
    const { db } = ctx.state.services;
    const query = parseQuery(reviewsQuery, ctx.url);
    const filter = reviewFilter(query);
    const offset = PAGE_SIZE * (query.page - 1);
    const [total, reviews] = await Promise.all([
      countReviews(db, filter),
      listReviews(db, filter, { limit: PAGE_SIZE, offset }),
    ]);
    const search = new URLSearchParams(ctx.url.searchParams);
    search.set("page", String(query.page + 1));
    const next = offset + reviews.length < total ? `${ctx.url.pathname}?${search}` : null;
    return taggedJson(ctx.req, reviewsJson(reviews, { total, next }));
  },
});
