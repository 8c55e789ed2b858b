import { define } from "../../../../app_state.ts";
import { corpusList } from "../../../../lib/corpora/corpus_page.ts";
import { json } from "../../../../lib/http/json.ts";
import { corpusJson } from "../../../../lib/http/views.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const corpora = await corpusList(ctx.state.services.db);
    return json({ corpora: corpora.map(corpusJson) });
  },
});
