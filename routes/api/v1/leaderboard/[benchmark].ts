import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { rankedBenchmark } from "../../../../lib/http/params.ts";
import { pageNumber, parseQuery } from "../../../../lib/http/query.ts";
import { benchmarkJson, boardRowJson } from "../../../../lib/http/views.ts";
import { boardRows } from "../../../../lib/leaderboard/store.ts";

const PAGE_SIZE = 100;
const querySchema = z.object({ page: pageNumber });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { page } = parseQuery(querySchema, ctx.url);
    const { rows, unranked, total } = await boardRows(ctx.state.services.db, benchmark, {
      limit: PAGE_SIZE,
      offset: (page - 1) * PAGE_SIZE,
    });
    return json({
      benchmark: benchmarkJson(benchmark),
      page,
      pageSize: PAGE_SIZE,
      total,
      rows: rows.map(boardRowJson),
      unranked: unranked.map(boardRowJson),
    });
  },
});
