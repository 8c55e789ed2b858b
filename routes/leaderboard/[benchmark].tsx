import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { BoardForm } from "../../components/BoardForm.tsx";
import { BoardHead } from "../../components/BoardHead.tsx";
import { BoardTable, UnrankedTable } from "../../components/BoardTable.tsx";
import { formatInteger } from "../../components/format.ts";
import { PageLinks } from "../../components/PageLinks.tsx";
import { ShareCard } from "../../components/ShareCard.tsx";
import { StateLegend } from "../../components/StateBadge.tsx";
import type { Benchmark } from "../../lib/benchmarks/benchmark.ts";
import { boardQuery } from "../../lib/http/board_query.ts";
import { rankedBenchmark } from "../../lib/http/params.ts";
import { isSentByForm, parseQuery } from "../../lib/http/query.ts";
import {
  type BoardView,
  fromTheStart,
  isFiltered,
  isWholeBoard,
  shownColumns,
  UNRANKED_LIMIT,
  viewQuery,
} from "../../lib/leaderboard/view.ts";
import { type ViewedBoard, viewedBoard } from "../../lib/leaderboard/view_store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const view = parseQuery(boardQuery, ctx.url);
    // One short address for a view, to be passed on and kept.
    if (isSentByForm(ctx.url)) {
      return ctx.redirect(`/leaderboard/${benchmark.id}${viewQuery(view, benchmark)}`);
    }
    ctx.state.keep = true;
    const board = await viewedBoard(ctx.state.services.db, benchmark, view);
    return page({ benchmark, view, ...board, now: new Date() });
  },
});

export default define.page<typeof handler>(function BoardPage({ data, url: { origin } }) {
  const { benchmark, view, rows, unranked, total, matching } = data;
  return (
    <>
      <Head>
        <title>{benchmark.name} leaderboard · Tinyproof</title>
      </Head>
      <ShareCard
        title={`${benchmark.name}, ranked`}
        description={benchmark.description}
        address={`${origin}/leaderboard/${benchmark.id}`}
        picture={`${origin}/leaderboard/${benchmark.id}/og.png`}
      />
      <BoardHead benchmark={benchmark} view="">
        <BoardFacts benchmark={benchmark} view={view} total={total} matching={matching} />
      </BoardHead>
      <BoardForm benchmark={benchmark} view={view} />
      {rows.length > 0 ? <Ranking {...data} /> : <EmptyBoard total={total} matching={matching} />}
      <BoardPages {...data} />
      <RowNotes {...data} />
      {unranked.length > 0 && <Unranked benchmark={benchmark} rows={unranked} />}
      <section>
        <h2>What the states of proof mean</h2>
        <StateLegend />
      </section>
    </>
  );
});

type Facts = { benchmark: Benchmark; view: BoardView } & Pick<ViewedBoard, "total" | "matching">;

function BoardFacts({ benchmark, view, total, matching }: Facts) {
  const path = `/leaderboard/${benchmark.id}`;
  const query = viewQuery(view, benchmark);
  const shown = isFiltered(view) ? `${formatInteger(matching)} of ` : "";
  const baselines = view.baselines === "off" ? "on" : "off";
  return (
    <span class="muted small">
      {shown}
      {formatInteger(total)} ranked · version {benchmark.version} ·{" "}
      {isWholeBoard(view, benchmark) && (
        <>
          <a href={path + viewQuery({ ...view, baselines }, benchmark)}>
            {baselines === "off" ? "hide baselines" : "show baselines"}
          </a>{" "}
          ·{" "}
        </>
      )}
      <a href={`/api/v1${path}${query}`}>JSON</a> ·{" "}
      <a href={`/api/v1${path}${query}${query ? "&" : "?"}format=csv`} download>CSV</a>
    </span>
  );
}

type Ranked = Pick<ViewedBoard, "rows" | "place" | "baselines"> & { now: Date };

function Ranking(
  { benchmark, view, rows, place, baselines, now }: Ranked & Pick<Facts, "benchmark" | "view">,
) {
  return (
    <form class="compare-form" action="/compare">
      <BoardTable
        benchmark={benchmark}
        rows={rows}
        now={now}
        view={view}
        place={place ?? 1}
        baselines={baselines ?? []}
      />
      <p class="compare-bar">
        <button class="button quiet" type="submit">Compare the chosen models</button>
        <span class="small muted">Up to four, side by side.</span>
      </p>
    </form>
  );
}

/** What a bar beside ranks and figures of efficiency mean, where there are such. */
function RowNotes({ rows, view }: Pick<ViewedBoard, "rows"> & Pick<Facts, "view">) {
  return (
    <>
      {rows.some(({ tie }) => tie) && (
        <p class="small muted">
          A bar beside ranks marks a tie: no model of the group differs from its best by more than
          noise, compared example by example at 95 %.
        </p>
      )}
      {shownColumns(view).some((column) => column.startsWith("score-per")) && (
        <p class="small muted">
          Score per parameter and per FLOP: <a href="/about#efficiency">how these are computed</a>.
        </p>
      )}
    </>
  );
}

function Unranked(
  { benchmark, rows }: { benchmark: Benchmark; rows: ViewedBoard["unranked"] },
) {
  return (
    <section>
      <h2>Without a rank</h2>
      {rows.length === UNRANKED_LIMIT && (
        <p class="muted">The newest {UNRANKED_LIMIT}; search and filters find others.</p>
      )}
      <UnrankedTable benchmark={benchmark} rows={rows} />
    </section>
  );
}

type Paged = Facts & Pick<ViewedBoard, "rows" | "place" | "previous" | "next">;

function BoardPages({ benchmark, view, rows, matching, place, previous, next }: Paged) {
  const start = fromTheStart(view);
  const address = (at: Partial<BoardView>) =>
    `/leaderboard/${benchmark.id}${viewQuery({ ...start, ...at }, benchmark)}`;
  const shown = place === null
    ? `${rows.length}`
    : `${formatInteger(place)}–${formatInteger(place + rows.length - 1)}`;
  return (
    <PageLinks
      first={previous && address({})}
      previous={previous && address({ before: previous })}
      next={next && address({ after: next })}
      last={next && address({ before: "end" })}
      position={`${shown} of ${formatInteger(matching)}`}
    />
  );
}

function EmptyBoard({ total, matching }: Pick<ViewedBoard, "total" | "matching">) {
  if (matching > 0) {
    return <p class="note">There are no rows on this page. The ranking is shorter than that.</p>;
  }
  if (total > 0) return <p class="note">No ranked model is like that.</p>;
  return (
    <p class="note">
      No model has a score here yet. <a href="/submit">Submit the first one</a>.
    </p>
  );
}
