import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { raterOf } from "../../../../../../lib/http/lab_rater.ts";
import { parseQuery } from "../../../../../../lib/http/query.ts";
import { scoringChoice, scoringQuery } from "../../../../../../lib/http/scoring_query.ts";
import { loadScoring } from "../../../../../../lib/lab/scoring_store.ts";

export const handler = define.handlers({
  /** What is to be scored in which order, and what the caller gave before. */
  async GET(ctx) {
    const choice = scoringChoice(parseQuery(scoringQuery, ctx.url));
    const rater = await raterOf(ctx);
    return json(await loadScoring(ctx.state.services.db, ctx.params.id, rater, choice), {
      headers: { "cache-control": "private, no-cache" },
    });
  },
});
