import { define } from "../../../../app_state.ts";
import { boardCsv } from "../../../../lib/http/board_csv.ts";
import { boardApiQuery } from "../../../../lib/http/board_query.ts";
import { csvFile } from "../../../../lib/http/csv.ts";
import { json } from "../../../../lib/http/json.ts";
import { rankedBenchmark } from "../../../../lib/http/params.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { partAddress } from "../../../../lib/http/series.ts";
import { benchmarkJson, boardRowJson } from "../../../../lib/http/views.ts";
import { encodeCursor } from "../../../../lib/leaderboard/cursor.ts";
import { BOARD_PAGE_SIZE } from "../../../../lib/leaderboard/view.ts";
import { viewedBoard } from "../../../../lib/leaderboard/view_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { format, ...view } = parseQuery(boardApiQuery, ctx.url);
    const board = await viewedBoard(ctx.state.services.db, benchmark, view);
    if (format === "csv") {
      const fileName = `${benchmark.id}-v${benchmark.version}.csv`;
      return csvFile(fileName, boardCsv(board.rows, benchmark, view));
    }
    return json({
      benchmark: benchmarkJson(benchmark),
      pageSize: BOARD_PAGE_SIZE,
      total: board.total,
      matching: board.matching,
      place: board.place,
      previous: partAddress(ctx.url, "before", board.previous && encodeCursor(board.previous)),
      next: partAddress(ctx.url, "after", board.next && encodeCursor(board.next)),
      rows: board.rows.map((row) => boardRowJson(row, benchmark)),
      unranked: board.unranked.map((row) => boardRowJson(row, benchmark)),
      ...(board.baselines && { baselines: board.baselines }),
    });
  },
});
