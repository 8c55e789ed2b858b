import { define } from "../../app_state.ts";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { decisionsFeed, recordsFeed, verdictsFeed } from "../../lib/http/feeds.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const address = { origin: ctx.url.origin, path: ctx.url.pathname };
    switch (ctx.params.feed) {
      case "records.xml":
        return atom(await recordsFeed(db, RANKED_BENCHMARKS, address));
      case "verdicts.xml":
        return atom(await verdictsFeed(db, address));
      case "decisions.xml":
        return atom(await decisionsFeed(db, address));
    }
    throw new NotFoundError("There is no feed of this name", {
      expected: "records.xml, verdicts.xml or decisions.xml",
      got: ctx.params.feed.slice(0, 40),
      fix: "Take the link from the foot of a page.",
    });
  },
});

function atom(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/atom+xml; charset=utf-8" } });
}
