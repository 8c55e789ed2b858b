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
import { pageNumber, parseQuery } from "../../lib/http/query.ts";
import { boardRows } from "../../lib/leaderboard/store.ts";

const PAGE_SIZE = 50;
const querySchema = z.object({ page: pageNumber });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const { page: number } = parseQuery(querySchema, ctx.url);
    const board = await boardRows(ctx.state.services.db, benchmark, {
      limit: PAGE_SIZE,
      offset: (number - 1) * PAGE_SIZE,
    });
    return page({ benchmark, number, ...board, now: new Date() });
  },
});

export default define.page<typeof handler>(function BoardPage({ data }) {
  const { benchmark, number, rows, unranked, total, now } = data;
  return (
    <>
      <Head>
        <title>{benchmark.name} leaderboard · Tinyproof</title>
      </Head>
      <BoardHead benchmark={benchmark} view="">
        <span class="muted small">
          {formatInteger(total)} ranked · version {benchmark.version} ·{" "}
          <a href={`/api/v1/leaderboard/${benchmark.id}`}>JSON</a>
        </span>
      </BoardHead>
      {rows.length > 0
        ? <BoardTable benchmark={benchmark} rows={rows} now={now} />
        : <EmptyBoard total={total} />}
      <Pager
        page={number}
        pages={Math.ceil(total / PAGE_SIZE)}
        path={`/leaderboard/${benchmark.id}`}
      />
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
