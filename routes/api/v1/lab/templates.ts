import { define } from "../../../../app_state.ts";
import { templateView } from "../../../../lib/http/api_judging.ts";
import { json, taggedJson } from "../../../../lib/http/json.ts";
import { readJson } from "../../../../lib/http/json_body.ts";
import { mustRate } from "../../../../lib/http/lab_rater.ts";
import { ratingLimiter, remoteAddress } from "../../../../lib/http/rate_limit.ts";
import { keepTemplate } from "../../../../lib/lab/template_store.ts";
import { listJudgeTemplates } from "../../../../lib/lab/store.ts";

const MOST_BYTES = 128 * 1024;

export const handler = define.handlers({
  async GET(ctx) {
    const templates = await listJudgeTemplates(ctx.state.services.db);
    return taggedJson(ctx.req, { templates: templates.map(templateView) });
  },

  async POST(ctx) {
    await ratingLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { accountId } = await mustRate(ctx);
    const { db, now } = ctx.state.services;
    const draft = await readJson(ctx.req, MOST_BYTES);
    return json(templateView(await keepTemplate(db, draft, { accountId, at: now() })), {
      status: 201,
    });
  },
});
