import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { readJson } from "../../../../../../lib/http/json_body.ts";
import { mustRate } from "../../../../../../lib/http/lab_rater.ts";
import { ratingLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { takeOutcomes } from "../../../../../../lib/lab/judge_take_store.ts";

const MOST_BYTES = 12 * 1024 ** 2;

export const handler = define.handlers({
  async POST(ctx) {
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const owner = await mustRate(ctx);
    const { db, now } = ctx.state.services;
    const document = await readJson(ctx.req, MOST_BYTES);
    const { owner: _, protocol: __, failures, ...counts } = await takeOutcomes(
      db,
      ctx.params.id,
      owner,
      document,
      now(),
    );
    return json({
      ...counts,
      failures: failures.map(({ itemId, category, status, reason }) => ({
        ...{ itemId, category, status, reason },
      })),
    });
  },
});
