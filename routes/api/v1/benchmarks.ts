import { define } from "../../../app_state.ts";
import { BENCHMARKS } from "../../../lib/benchmarks/registry.ts";
import { json } from "../../../lib/http/json.ts";
import { benchmarkJson } from "../../../lib/http/views.ts";

export const handler = define.handlers({
  GET(ctx) {
    ctx.state.keep = true;
    return json({ benchmarks: BENCHMARKS.map(benchmarkJson) });
  },
});
