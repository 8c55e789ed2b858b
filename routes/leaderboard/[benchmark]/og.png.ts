import { define } from "../../../app_state.ts";
import { boardCard } from "../../../components/share_cards.ts";
import { rankedBenchmark } from "../../../lib/http/params.ts";
import { pictureResponse, TYPESETTER } from "../../../lib/http/picture.ts";
import { boardRows } from "../../../lib/leaderboard/store.ts";

const LEADING_ROWS = 3;

export const handler = define.handlers({
  async GET(ctx) {
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { rows, total } = await boardRows(ctx.state.services.db, benchmark, {
      limit: LEADING_ROWS,
      offset: 0,
    });
    const svg = boardCard(TYPESETTER, { benchmark, rows, total });
    return await pictureResponse(ctx.req, svg);
  },
});
