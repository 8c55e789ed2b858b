import { define } from "../../../app_state.ts";
import { modelCard } from "../../../components/share_cards.ts";
import { pictureResponse, TYPESETTER } from "../../../lib/http/picture.ts";
import { inRegistryOrder } from "../../../lib/submissions/in_registry_order.ts";
import { requireStanding } from "../../../lib/submissions/require.ts";
import { scoreSummariesOf } from "../../../lib/submissions/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const entry = await requireStanding(db, ctx.params.id);
    const digest = entry.model_digest;
    const scores = digest === null ? [] : inRegistryOrder(await scoreSummariesOf(db, digest));
    const svg = modelCard(TYPESETTER, {
      name: entry.name,
      author: entry.author,
      status: entry.status,
      provenance: entry.provenance,
      exactCount: entry.exact_count,
      modelDigest: digest,
      parameters: entry.parameters,
      trainingFlops: entry.training_flops,
      scores: scores.flatMap(({ benchmark, score: { score } }) =>
        benchmark.ranked && score !== null ? [{ benchmark, score }] : []
      ),
    });
    return await pictureResponse(ctx.req, svg);
  },
});
