import { define } from "../../../../app_state.ts";
import { NotFoundError } from "../../../../lib/errors.ts";
import { comparisonQuery } from "../../../../lib/http/api_queries.ts";
import { json } from "../../../../lib/http/json.ts";
import { rankedBenchmark } from "../../../../lib/http/params.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { comparisonJson } from "../../../../lib/http/views.ts";
import { loadComparison } from "../../../../lib/submissions/compare_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { a, b } = parseQuery(comparisonQuery, ctx.url);
    const { entries, boards } = await loadComparison(ctx.state.services.db, [a, b]);
    const found = boards.find((board) => board.benchmark === benchmark);
    if (found && found.pairs.length > 0) return json(comparisonJson(entries, found));
    throw new NotFoundError(`The two models do not both have a score on ${benchmark.id}`, {
      expected: "two models that were scored on it",
      got: `${a} and ${b}`,
      fix: "Wait until both are scored, or choose another benchmark.",
    });
  },
});
