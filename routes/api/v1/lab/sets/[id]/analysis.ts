import { define } from "../../../../../../app_state.ts";
import { analysisJson } from "../../../../../../lib/http/api_lab_analysis.ts";
import { taggedJson } from "../../../../../../lib/http/json.ts";
import { analysisQuery } from "../../../../../../lib/http/lab_query.ts";
import { parseQuery } from "../../../../../../lib/http/query.ts";
import { loadAnalysis } from "../../../../../../lib/lab/analysis_page.ts";

export const handler = define.handlers({
  /** Means, agreement and drift, each with its interval. */
  async GET(ctx) {
    const choice = parseQuery(analysisQuery, ctx.url);
    const analysis = await loadAnalysis(ctx.state.services.db, ctx.params.id, choice);
    return taggedJson(ctx.req, analysisJson(analysis));
  },
});
