import { define } from "../../app_state.ts";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";

export const handler = define.handlers({
  GET(ctx) {
    return ctx.redirect(`/leaderboard/${RANKED_BENCHMARKS[0].id}`, 302);
  },
});
