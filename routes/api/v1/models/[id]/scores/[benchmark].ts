import { define } from "../../../../../../app_state.ts";
import { modelScoreQuery } from "../../../../../../lib/http/api_queries.ts";
import { examplesCsv } from "../../../../../../lib/http/examples_csv.ts";
import { json } from "../../../../../../lib/http/json.ts";
import { parseQuery } from "../../../../../../lib/http/query.ts";
import { modelScoreJson } from "../../../../../../lib/http/views.ts";
import { loadModelScore } from "../../../../../../lib/submissions/model_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { version, format } = parseQuery(modelScoreQuery, ctx.url);
    const { id, benchmark: name } = ctx.params;
    const found = await loadModelScore(ctx.state.services.db, id, { benchmark: name, version });
    const { entry, benchmark, examples } = found;
    const fileName = `${entry.id}-${benchmark.id}-v${benchmark.version}.${format}`;
    const headers = { "content-disposition": `attachment; filename="${fileName}"` };
    if (format === "json") return json(modelScoreJson(found), { headers });
    return new Response(examplesCsv(examples), {
      headers: {
        ...headers,
        "content-type": "text/csv; charset=utf-8",
        "cache-control": "no-cache",
      },
    });
  },
});
