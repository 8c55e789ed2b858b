import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { readJson } from "../../../../../../lib/http/json_body.ts";
import { mustRate } from "../../../../../../lib/http/lab_rater.ts";
import { ratingLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { takeScores } from "../../../../../../lib/lab/take_store.ts";

const MOST_BYTES = 4 * 1024 ** 2;

export const handler = define.handlers({
  /** A rater's answers; those that are known already are not added again. */
  async POST(ctx) {
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { db, now } = ctx.state.services;
    const rater = await mustRate(ctx);
    const document = await readJson(ctx.req, MOST_BYTES);
    return json({ added: await takeScores(db, ctx.params.id, rater, document, now()) });
  },
});
