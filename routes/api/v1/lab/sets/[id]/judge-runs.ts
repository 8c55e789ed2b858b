import { define } from "../../../../../../app_state.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { readJson } from "../../../../../../lib/http/json_body.ts";
import { mustRate } from "../../../../../../lib/http/lab_rater.ts";
import { ratingLimiter, remoteAddress } from "../../../../../../lib/http/rate_limit.ts";
import { beginJudgeRun } from "../../../../../../lib/lab/judge_store.ts";

const MOST_BYTES = 16 * 1024;

export const handler = define.handlers({
  /** Begins a run, or goes on with it. Whoever asks has the key of the judge; it never comes here. */
  async POST(ctx) {
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const owner = await mustRate(ctx);
    const { db, now } = ctx.state.services;
    const document = await readJson(ctx.req, MOST_BYTES);
    return json(await beginJudgeRun(db, ctx.params.id, owner, document, now()));
  },
});
