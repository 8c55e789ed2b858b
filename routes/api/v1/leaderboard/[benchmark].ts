import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { rankedBenchmark } from "../../../../lib/http/params.ts";
import { baselinesSwitch, pageNumber, parseQuery } from "../../../../lib/http/query.ts";
import { benchmarkJson, boardRowJson } from "../../../../lib/http/views.ts";
import { boardRows, placedBaselines } from "../../../../lib/leaderboard/store.ts";

const PAGE_SIZE = 100;
const querySchema = z.object({ page: pageNumber, baselines: baselinesSwitch });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { page, baselines } = parseQuery(querySchema, ctx.url);
    const { db } = ctx.state.services;
    const offset = (page - 1) * PAGE_SIZE;
    const { rows, unranked, total } = await boardRows(db, benchmark, { limit: PAGE_SIZE, offset });
    return json({
      benchmark: benchmarkJson(benchmark),
      page,
      pageSize: PAGE_SIZE,
      total,
      rows: rows.map(boardRowJson),
      unranked: unranked.map(boardRowJson),
      ...(baselines === "off" ? {} : {
        baselines: await placedBaselines(db, benchmark, { offset, shown: rows.length, total }),
      }),
    });
  },
});
