import { define } from "../../../../../app_state.ts";
import { json } from "../../../../../lib/http/json.ts";
import { entryJson } from "../../../../../lib/http/views.ts";
import { loadModelPage } from "../../../../../lib/submissions/model_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { entry, ...found } = await loadModelPage(ctx.state.services.db, ctx.params.id);
    return json(entryJson(entry, found));
  },
});
