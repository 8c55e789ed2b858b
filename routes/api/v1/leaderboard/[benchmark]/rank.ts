import { define } from "../../../../../app_state.ts";
import { rankQuery } from "../../../../../lib/http/api_queries.ts";
import { json } from "../../../../../lib/http/json.ts";
import { rankedBenchmark } from "../../../../../lib/http/params.ts";
import { parseQuery } from "../../../../../lib/http/query.ts";
import { wouldRank } from "../../../../../lib/leaderboard/would_rank.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { score, parameters } = parseQuery(rankQuery, ctx.url);
    return json(await wouldRank(ctx.state.services.db, benchmark, score, parameters));
  },
});
