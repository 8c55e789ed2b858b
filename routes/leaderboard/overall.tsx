import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { BoardTabs } from "../../components/BoardTabs.tsx";
import { formatInteger } from "../../components/format.ts";
import { OverallTable } from "../../components/OverallTable.tsx";
import { PageLinks } from "../../components/PageLinks.tsx";
import { WeightForm } from "../../components/WeightForm.tsx";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { overallQuerySchema, overallView } from "../../lib/http/overall_query.ts";
import { parseQuery } from "../../lib/http/query.ts";
import { chanceOf, overallQuery, type OverallView } from "../../lib/leaderboard/overall.ts";
import { type OverallBoard, overallBoard } from "../../lib/leaderboard/overall_store.ts";

const PATH = "/leaderboard/overall";

export const handler = define.handlers({
  async GET(ctx) {
    const view = overallView(parseQuery(overallQuerySchema, ctx.url));
    // One short address for a view, to be passed on and kept: forms send what is as usual, too.
    const query = overallQuery(view);
    if (ctx.url.search !== query) return ctx.redirect(PATH + query);
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    return page({ view, board: await overallBoard(db, view) });
  },
});

export default define.page<typeof handler>(function OverallPage({ data: { view, board } }) {
  return (
    <>
      <Head>
        <title>Overall leaderboard · Tinyproof</title>
      </Head>
      <h1>Leaderboards</h1>
      <BoardTabs current="overall" />
      <div class="head-row">
        <h2>Overall</h2>
        <OverallFacts view={view} total={board.total} />
      </div>
      <p class="prose muted">
        One figure from all benchmarks, by weights of your own. Each score becomes a share between
        0, no better than guessing, and 1, perfect; the total is their weighted mean, times 100. A
        missing score counts 0. <a href="#formula">The formula</a>
      </p>
      <WeightForm weights={view.weights} />
      {board.rows.length > 0
        ? <OverallTable rows={board.rows} weights={view.weights} />
        : <p class="note">There are no models on this page.</p>}
      <OverallPages view={view} board={board} />
      <Formula />
    </>
  );
});

function OverallFacts({ view, total }: { view: OverallView; total: number }) {
  const query = overallQuery(view);
  return (
    <span class="muted small">
      {formatInteger(total)} ranked · <a href={`/api/v1${PATH}${query}`}>JSON</a> ·{" "}
      <a href={`/api/v1${PATH}${query}${query ? "&" : "?"}format=csv`} download>CSV</a>
    </span>
  );
}

function OverallPages({ view: { weights }, board }: { view: OverallView; board: OverallBoard }) {
  const { rows, place, total, previous, next } = board;
  const address = (at: Partial<OverallView>) =>
    PATH + overallQuery({ weights, after: null, before: null, ...at });
  const shown = place === null
    ? "0"
    : `${formatInteger(place)}–${formatInteger(place + rows.length - 1)}`;
  return (
    <PageLinks
      first={previous && address({})}
      previous={previous && address({ before: previous })}
      next={next && address({ after: next })}
      last={next && address({ before: "end" })}
      position={`${shown} of ${formatInteger(total)}`}
    />
  );
}

function Formula() {
  return (
    <section id="formula" class="prose">
      <h2>How the total is made</h2>
      <p>
        Of a percentage, the share is what the model has of the points that guessing leaves: (score
        − chance) ÷ (100 − chance). Of a perplexity, it is the part of the bits that guessing needs
        and the model saves: 1 − log(perplexity) ÷ log(chance). Below chance is 0.
      </p>
      <p>
        Chance is {RANKED_BENCHMARKS.map((benchmark) =>
          `${benchmark.name} ${chanceOf(benchmark)}${benchmark.unit === "%" ? " %" : ""}`
        ).join(", ")}.
      </p>
      <p>
        No other model moves a share, so a total stays what it is until a score changes. Shares are
        not equally hard to earn: most models save four fifths of a byte's bits, and few sort. Equal
        totals share a rank; noise is not taken into account here, the tabs show ties and intervals.
      </p>
    </section>
  );
}
