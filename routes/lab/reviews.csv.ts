import { define } from "../../app_state.ts";
import { csvFile, csvText } from "../../lib/http/csv.ts";
import { reviewFilter, reviewsQuery } from "../../lib/http/lab_query.ts";
import { parseQuery } from "../../lib/http/query.ts";
import { type ListedReview, listReviews } from "../../lib/lab/reviews_store.ts";

/** More than anybody has said; a file of it is some 50 MB. */
const MOST_ROWS = 50_000;

const COLUMNS: Record<string, (review: ListedReview) => string | number | null> = {
  set: ({ setName }) => setName,
  set_id: ({ setId }) => setId,
  completion: ({ position }) => position,
  model: ({ model }) => model,
  category: ({ category }) => category,
  criterion: ({ criterion }) => criterion,
  text: ({ text }) => text,
  rater: ({ rater }) => rater,
  kind: ({ kind }) => kind,
  score: ({ score }) => score,
  reviewer: ({ reviewer }) => reviewer,
  blind_score: ({ blindValue }) => blindValue,
  agree: ({ agree }) => agree ? "yes" : "no",
  comment: ({ comment }) => comment,
  at: ({ at }) => at.toISOString(),
};

export const handler = define.handlers({
  /** All that the filter lets through, whatever page is looked at. */
  async GET(ctx) {
    const filter = reviewFilter(parseQuery(reviewsQuery, ctx.url));
    const reviews = await listReviews(ctx.state.services.db, filter, {
      ...{ limit: MOST_ROWS, offset: 0 },
    });
    const columns = Object.values(COLUMNS);
    const rows = reviews.map((review) => columns.map((of) => of(review)));
    return csvFile("reviews.csv", csvText(Object.keys(COLUMNS), rows));
  },
});
