import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../app_state.ts";
import { BoardHead } from "../../../components/BoardHead.tsx";
import { formatFlops } from "../../../components/format.ts";
import { type OwnModel, ParetoChart } from "../../../components/ParetoChart.tsx";
import { ScoredCells } from "../../../components/ScoredCells.tsx";
import { ShareCard } from "../../../components/ShareCard.tsx";
import { StateBadge } from "../../../components/StateBadge.tsx";
import { TableBox } from "../../../components/TableBox.tsx";
import type { Benchmark } from "../../../lib/benchmarks/benchmark.ts";
import { rankedBenchmark } from "../../../lib/http/params.ts";
import { parseQuery } from "../../../lib/http/query.ts";
import { type ParetoPoint, paretoPoints } from "../../../lib/leaderboard/pictures.ts";

const amount = z.coerce.number({ error: "a number above 0" }).positive("a number above 0");

/** A model that is not on the board yet, to be shown among the others. */
const QUERY = z.object({
  score: z.coerce.number({ error: "a score" }).nonnegative("a score").optional(),
  parameters: amount.optional(),
  flops: amount.optional(),
});

function ownModel({ score, parameters, flops }: z.output<typeof QUERY>): OwnModel | null {
  return score === undefined ? null : { score, parameters, trainingFlops: flops };
}

export const handler = define.handlers({
  async GET(ctx) {
    const own = ownModel(parseQuery(QUERY, ctx.url));
    // Where a visitor's own model stands is asked for once.
    ctx.state.keep = own === null;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    return page({ benchmark, own, points: await paretoPoints(ctx.state.services.db, benchmark) });
  },
});

export default define.page<typeof handler>(function ParetoPage({ data, url: { origin } }) {
  const { benchmark, points, own } = data;
  return (
    <>
      <Head>
        <title>{benchmark.name}, Pareto fronts · Tinyproof</title>
      </Head>
      <ShareCard
        title={`${benchmark.name}, Pareto fronts`}
        description={benchmark.description}
        address={`${origin}/leaderboard/${benchmark.id}/pareto`}
        picture={`${origin}/leaderboard/${benchmark.id}/og.png`}
      />
      <BoardHead benchmark={benchmark} view="/pareto" />
      {points.length === 0 && <NoModels own={own !== null} />}
      {points.length + (own ? 1 : 0) > 0 && (
        <div class="grid-2 charts">
          <ParetoChart {...{ benchmark, points, own }} cost="parameters" />
          <ParetoChart {...{ benchmark, points, own }} cost="trainingFlops" />
        </div>
      )}
      {points.length > 0 && <Fronts benchmark={benchmark} points={points} />}
    </>
  );
});

function NoModels({ own }: { own: boolean }) {
  return (
    <p class="note">
      No model has a score here yet{own && ": yours would be the first"}.{" "}
      <a href="/submit">Submit {own ? "it" : "the first one"}</a>.
    </p>
  );
}

function Fronts({ benchmark, points }: {
  benchmark: Benchmark;
  points: readonly ParetoPoint[];
}) {
  const { id } = benchmark;
  return (
    <section>
      <h2>On a front</h2>
      <p class="prose muted">
        Nobody has a score at least as good for less. To enter, be smaller, cheaper or better than
        any of these. A board can also be sorted by{" "}
        <a href={`/leaderboard/${id}?sort=score-per-parameter`}>score per parameter</a> or{" "}
        <a href={`/leaderboard/${id}?sort=score-per-flop`}>per FLOP</a>:{" "}
        <a href="/about#efficiency">how these are computed</a>.
      </p>
      <FrontTable
        benchmark={benchmark}
        points={points.filter(({ onFront }) => onFront.parameters || onFront.trainingFlops)}
      />
    </section>
  );
}

function FrontTable(
  { benchmark, points }: { benchmark: Benchmark; points: readonly ParetoPoint[] },
) {
  return (
    <TableBox label={`${benchmark.name}, models on a Pareto front`}>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="num">Score</th>
            <th scope="col" class="num">Parameters</th>
            <th scope="col" class="num">Training FLOPs</th>
            <th scope="col">Front</th>
            <th scope="col">Proof</th>
          </tr>
        </thead>
        <tbody>
          {points.map((point) => (
            <tr key={point.entryId}>
              <ScoredCells benchmark={benchmark} model={point} />
              <td class="num" data-label="Training FLOPs">{formatFlops(point.trainingFlops)}</td>
              <td class="nowrap" data-label="Front">{frontWords(point)}</td>
              <td>
                <StateBadge
                  state={point.provenance}
                  count={point.exactCount}
                  sample={point.sample}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function frontWords({ onFront }: ParetoPoint): string {
  if (onFront.parameters && onFront.trainingFlops) return "both";
  return onFront.parameters ? "parameters" : "FLOPs";
}
