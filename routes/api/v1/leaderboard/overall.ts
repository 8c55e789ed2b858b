import { define } from "../../../../app_state.ts";
import { overallCsv } from "../../../../lib/http/board_csv.ts";
import { csvFile } from "../../../../lib/http/csv.ts";
import { json } from "../../../../lib/http/json.ts";
import { overallApiQuery, overallView } from "../../../../lib/http/overall_query.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { overallJson } from "../../../../lib/http/views.ts";
import { overallBoard } from "../../../../lib/leaderboard/overall_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const read = parseQuery(overallApiQuery, ctx.url);
    const view = overallView(read);
    const board = await overallBoard(ctx.state.services.db, view);
    if (read.format === "csv") return csvFile("overall.csv", overallCsv(board.rows));
    return json(overallJson(board, view.weights, ctx.url));
  },
});
