import { define } from "../../../../app_state.ts";
import { corpusSenderOf } from "../../../../lib/accounts/sender.ts";
import { checkSender } from "../../../../lib/moderation/bans.ts";
import { guestPolicy } from "../../../../lib/config.ts";
import { loadCorpusPage } from "../../../../lib/corpora/corpus_page.ts";
import { receiveCorpus } from "../../../../lib/corpora/intake.ts";
import { isUploadId } from "../../../../lib/corpora/registry.ts";
import { ValidationError } from "../../../../lib/errors.ts";
import { json } from "../../../../lib/http/json.ts";
import { withPatience } from "../../../../lib/http/patience.ts";
import { remoteAddress, submissionLimiter } from "../../../../lib/http/rate_limit.ts";
import { corpusJson } from "../../../../lib/http/views.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { corpus, models, preview } = await loadCorpusPage(
      ctx.state.services.db,
      ctx.params.id,
    );
    return json({ ...corpusJson(corpus), preview, models: models.map(({ id }) => id) });
  },

  /** The body is the text itself, the address its SHA-256; what the form asks for is in the query. */
  async PUT(ctx) {
    const { services, caller } = ctx.state;
    const account = corpusSenderOf(caller, guestPolicy(services.config));
    await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const { id } = ctx.params;
    if (!isUploadId(id) || ctx.req.body === null) {
      await ctx.req.body?.cancel();
      throw new ValidationError("A corpus is put under its SHA-256", {
        expected: "/api/v1/corpora/ with the SHA-256 of the body, and the text as the body",
        got: ctx.req.body === null ? "no body" : id.slice(0, 80),
        fix: "Use the command line: deno task cli corpus add FILE",
      });
    }
    const field = (name: string) => ctx.url.searchParams.get(name) ?? "";
    const author = account?.name ?? field("author");
    await checkSender(services.db, { account, author });
    const { sha256, added } = await receiveCorpus(
      services,
      withPatience(ctx.req.body),
      {
        name: field("name"),
        author,
        licence: field("licence"),
        licenceNote: field("licenceNote"),
        source: field("source"),
        declaration: field("declaration"),
      },
      id,
    );
    const page = `/corpora/${sha256}`;
    return json({ id: sha256, page }, { status: added ? 201 : 200, headers: { location: page } });
  },
});
