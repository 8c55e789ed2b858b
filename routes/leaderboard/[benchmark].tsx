import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { BoardHead } from "../../components/BoardHead.tsx";
import { BoardTable, UnrankedTable } from "../../components/BoardTable.tsx";
import { formatInteger } from "../../components/format.ts";
import { Pager } from "../../components/Pager.tsx";
import { StateLegend } from "../../components/StateBadge.tsx";
import { rankedBenchmark } from "../../lib/http/params.ts";
import { baselinesSwitch, pageNumber, parseQuery } from "../../lib/http/query.ts";
import { boardRows, placedBaselines } from "../../lib/leaderboard/store.ts";

const PAGE_SIZE = 50;
const querySchema = z.object({ page: pageNumber, baselines: baselinesSwitch });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { page: number, baselines } = parseQuery(querySchema, ctx.url);
    const { db } = ctx.state.services;
    const offset = (number - 1) * PAGE_SIZE;
    const board = await boardRows(db, benchmark, { limit: PAGE_SIZE, offset });
    const placed = baselines === "off" ? null : await placedBaselines(db, benchmark, {
      offset,
      shown: board.rows.length,
      total: board.total,
    });
    return page({ benchmark, number, offset, ...board, baselines: placed, now: new Date() });
  },
});

export default define.page<typeof handler>(function BoardPage({ data }) {
  const { benchmark, number, offset, rows, unranked, total, baselines, now } = data;
  const path = `/leaderboard/${benchmark.id}`;
  return (
    <>
      <Head>
        <title>{benchmark.name} leaderboard · Tinyproof</title>
      </Head>
      <BoardHead benchmark={benchmark} view="">
        <span class="muted small">
          {formatInteger(total)} ranked · version {benchmark.version} · {baselines
            ? <a href={`${path}?baselines=off`}>hide baselines</a>
            : <a href={path}>show baselines</a>} ·{" "}
          <a href={`/api/v1/leaderboard/${benchmark.id}`}>JSON</a>
        </span>
      </BoardHead>
      {rows.length > 0
        ? (
          <BoardTable
            benchmark={benchmark}
            rows={rows}
            now={now}
            baselines={baselines ?? []}
            offset={offset}
          />
        )
        : <EmptyBoard total={total} />}
      <Pager
        page={number}
        pages={Math.ceil(total / PAGE_SIZE)}
        path={baselines ? path : `${path}?baselines=off`}
      />
      {rows.some(({ tie }) => tie) && (
        <p class="small muted">
          A bar beside ranks marks a tie: no model of the group differs from its best by more than
          noise, compared example by example at 95 %.
        </p>
      )}
      {number === 1 && unranked.length > 0 && (
        <section>
          <h2>Without a rank</h2>
          <UnrankedTable benchmark={benchmark} rows={unranked} />
        </section>
      )}
      <section>
        <h2>What the states of proof mean</h2>
        <StateLegend />
      </section>
    </>
  );
});

function EmptyBoard({ total }: { total: number }) {
  return total > 0
    ? <p class="note">There are no rows on this page. The ranking is shorter than that.</p>
    : (
      <p class="note">
        No model has a score here yet. <a href="/submit">Submit the first one</a>.
      </p>
    );
}
