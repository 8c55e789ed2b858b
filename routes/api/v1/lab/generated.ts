import { define } from "../../../../app_state.ts";
import { corpusSenderOf } from "../../../../lib/accounts/sender.ts";
import { guestPolicy } from "../../../../lib/config.ts";
import { json } from "../../../../lib/http/json.ts";
import { readJson } from "../../../../lib/http/json_body.ts";
import { remoteAddress, submissionLimiter } from "../../../../lib/http/rate_limit.ts";
import { keepCompletions } from "../../../../lib/lab/generated_store.ts";
import { checkSender } from "../../../../lib/moderation/bans.ts";

const MOST_BYTES = 16 * 1024 ** 2;

export const handler = define.handlers({
  /** Completions of one model become a set to score, or join one. */
  async POST(ctx) {
    const { services: { db, config, now }, caller } = ctx.state;
    const account = corpusSenderOf(caller, guestPolicy(config));
    await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    if (account !== null) await checkSender(db, { account, author: account.name });
    const document = await readJson(ctx.req, MOST_BYTES);
    const by = { accountId: account?.id ?? null, at: now() };
    const { id, name, models } = await keepCompletions(db, document, by);
    return json({ id, name, models: models.map((model) => model.name), url: `/lab/sets/${id}` }, {
      status: 201,
    });
  },
});
