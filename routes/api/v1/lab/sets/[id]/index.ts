import { define } from "../../../../../../app_state.ts";
import { setJson } from "../../../../../../lib/http/api_lab_sets.ts";
import { taggedJson } from "../../../../../../lib/http/json.ts";
import { scoresOf } from "../../../../../../lib/lab/score_store.ts";
import { loadSetPage } from "../../../../../../lib/lab/set_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const page = await loadSetPage(db, ctx.params.id);
    return taggedJson(ctx.req, setJson(page, await scoresOf(db, page.set.id, { notes: false })));
  },
});
