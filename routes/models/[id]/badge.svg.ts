import { makeBadge } from "badge-maker";
import { z } from "zod";
import { define } from "../../../app_state.ts";
import { formatScore } from "../../../components/format.ts";
import { entryWord, type Tone } from "../../../components/states.ts";
import { rankedBenchmark } from "../../../lib/http/params.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { loadModelPage } from "../../../lib/submissions/model_page.ts";

/** Without a benchmark the badge says the state of proof alone. */
const querySchema = z.object({ benchmark: z.string().optional() });

const COLORS: Record<Tone, string> = {
  good: "#08634e",
  bad: "#a82318",
  warn: "#7a4f00",
  info: "#2b5490",
  quiet: "#59605b",
};

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { benchmark: id } = parseQuery(querySchema, ctx.url);
    const benchmark = id === undefined ? null : rankedBenchmark(id);
    const { entry, scores } = await loadModelPage(ctx.state.services.db, ctx.params.id);
    const { word, tone } = entryWord(entry);
    const found = benchmark &&
      scores.find(({ score }) =>
        score.benchmark === benchmark.id && score.version === benchmark.version
      );
    const svg = makeBadge({
      label: benchmark ? benchmark.name : "tinyproof",
      message: benchmark
        ? `${formatScore(found?.score.score ?? null, benchmark.unit)} · ${word}`
        : word,
      color: COLORS[tone],
      style: "flat",
    });
    return new Response(svg, {
      headers: {
        "content-type": "image/svg+xml; charset=utf-8",
        // Made to stand in pages of others.
        "cross-origin-resource-policy": "cross-origin",
      },
    });
  },
});
