import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { BitRows } from "../components/BitRows.tsx";
import { BoardTable } from "../components/BoardTable.tsx";
import { FeaturedShelf } from "../components/FeaturedShelf.tsx";
import { formatInteger } from "../components/format.ts";
import { ReportTable } from "../components/ReportTable.tsx";
import { resultOf } from "../components/report_view.ts";
import { ShareCard } from "../components/ShareCard.tsx";
import { StateBadge } from "../components/StateBadge.tsx";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { type BoardRow, boardRows, type ComparableBoard } from "../lib/leaderboard/store.ts";
import type { Db } from "../lib/storage/database.ts";
import { withSamples } from "../lib/verification/sample_store.ts";
import { featuredModels } from "../lib/submissions/shelf_store.ts";
import { type BoardTotals, boardTotals } from "../lib/leaderboard/totals.ts";
import { listReports, type ReportRow } from "../lib/verification/store.ts";

const LEADING_ROWS = 3;

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const [boards, totals, reports, featured] = await Promise.all([
      Promise.all(RANKED_BENCHMARKS.map(async (benchmark) => ({
        benchmark,
        ...await leadingRows(db, benchmark),
      }))),
      boardTotals(db),
      listReports(db, { limit: 5 }),
      featuredModels(db),
    ]);
    return page({ boards, totals, reports, featured, now: new Date() });
  },
});

async function leadingRows(db: Db, benchmark: ComparableBoard) {
  const { rows, total } = await boardRows(db, benchmark, { limit: LEADING_ROWS, offset: 0 });
  return { rows: await withSamples(db, rows), total };
}

export default define.page<typeof handler>(function Overview({ data, url: { origin } }) {
  const { boards, totals, reports, featured, now } = data;
  const proof = reports.find((report) => report.verdict === "exact");
  return (
    <>
      <Head>
        <title>Tinyproof: tiny language models, scores you can prove</title>
      </Head>
      <ShareCard
        title="Tiny models. Scores you can prove."
        description="A leaderboard for tiny language models on which every score can be proven by exact replay."
        address={`${origin}/`}
        picture={`${origin}/og.png`}
      />
      <div class="hero">
        <div>
          <h1>Tiny models. Scores you can prove.</h1>
          <p class="lead">
            A leaderboard for language models small enough to train in minutes. Each entry can carry
            its recipe; we train it again from the seed, and{" "}
            <strong>every bit has to match</strong>.
          </p>
          <Totals totals={totals} />
        </div>
        {proof && <LatestProof report={proof} />}
      </div>
      <div class="boards">
        {boards.map((board) => <Leaders key={board.benchmark.id} {...board} now={now} />)}
      </div>
      {featured.length > 0 && (
        <section id="featured">
          <h2>Chosen by the editors</h2>
          <FeaturedShelf models={featured} />
        </section>
      )}
      <section>
        <div class="head-row">
          <h2>Latest verdicts</h2>
          <a href="/audit">All reports</a>
        </div>
        {reports.length > 0
          ? <ReportTable reports={reports} now={now} />
          : <p class="note">No replay has finished yet.</p>}
      </section>
      <HowToSubmit />
    </>
  );
});

function Totals({ totals }: { totals: BoardTotals }) {
  const figures = [
    [totals.entries, "models ranked"],
    [totals.exact, "proven by exact replay"],
    [totals.reports, "verification reports"],
  ] as const;
  return (
    <dl class="figures">
      {figures.map(([count, term]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{formatInteger(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface LeadersProps {
  benchmark: Benchmark;
  rows: BoardRow[];
  /** Of the board. */
  total: number;
  now: Date;
}

function Leaders({ benchmark, rows, total, now }: LeadersProps) {
  return (
    <section>
      <div class="head-row">
        <h2>
          <a href={`/leaderboard/${benchmark.id}`}>{benchmark.name}</a>
        </h2>
        <span class="muted small">
          {total > LEADING_ROWS ? `leading ${LEADING_ROWS} of ${formatInteger(total)}` : ""}
        </span>
      </div>
      {rows.length > 0
        ? <BoardTable benchmark={benchmark} rows={rows} now={now} />
        : <p class="note">No model has a score here yet. The first one leads.</p>}
    </section>
  );
}

/** The newest exact replay, its two digests side by side. */
function LatestProof({ report }: { report: ReportRow }) {
  const { claimedHead, recomputedHead } = resultOf(report);
  if (claimedHead === null || recomputedHead === null) return null;
  return (
    <figure class="panel latest-proof">
      <BitRows claimed={claimedHead} recomputed={recomputedHead} />
      <figcaption>
        <StateBadge state="exact" /> The end of the run behind{" "}
        <a href={`/reports/${report.id}`}>{report.entryName}</a>, as claimed and as trained again.
      </figcaption>
    </figure>
  );
}

function HowToSubmit() {
  return (
    <section>
      <h2>Put your model here</h2>
      <ol class="steps">
        <li>
          <h3>Train</h3>
          <p>
            A first model takes less than a minute{" "}
            <a href="/playground">in this browser</a>; a recipe of your own runs there or in a
            terminal. The file carries the recipe and a hash of every checkpoint.
          </p>
          <pre tabIndex={0}>{`deno task cli train \\
  --recipe my.json --out my.tinygpt`}</pre>
        </li>
        <li>
          <h3>Submit</h3>
          <p>
            Send the <code>.tinygpt</code>{" "}
            file with a name. It is checked, scored on every benchmark and ranked, with each stage
            on a page of its own.
          </p>
        </li>
        <li>
          <h3>Be proven</h3>
          <p>
            Entries near the top are trained again from the seed. The report is public, whichever
            way it ends, and anybody can repeat it.
          </p>
        </li>
      </ol>
      <p class="actions">
        <a class="button" href="/submit">Submit a model</a>
        <a class="button quiet" href="/about">How the proof works</a>
      </p>
    </section>
  );
}
