import { define } from "../app_state.ts";
import { siteCard } from "../components/share_cards.ts";
import { pictureResponse, TYPESETTER } from "../lib/http/picture.ts";
import { boardTotals } from "../lib/leaderboard/totals.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const totals = await boardTotals(ctx.state.services.db);
    return await pictureResponse(ctx.req, siteCard(TYPESETTER, totals));
  },
});
