import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { BoardHead } from "../../../components/BoardHead.tsx";
import { formatDuration, formatInstant } from "../../../components/format.ts";
import { RecordChart } from "../../../components/RecordChart.tsx";
import { ScoredCells } from "../../../components/ScoredCells.tsx";
import { ShareCard } from "../../../components/ShareCard.tsx";
import { StateBadge } from "../../../components/StateBadge.tsx";
import { TableBox } from "../../../components/TableBox.tsx";
import type { Benchmark } from "../../../lib/benchmarks/benchmark.ts";
import { rankedBenchmark } from "../../../lib/http/params.ts";
import { type BoardRecord, boardRecords } from "../../../lib/leaderboard/pictures.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const benchmark = rankedBenchmark(ctx.params.benchmark);
    const records = await boardRecords(ctx.state.services.db, benchmark);
    return page({ benchmark, records, now: new Date() });
  },
});

export default define.page<typeof handler>(function RecordsPage({ data, url: { origin } }) {
  const { benchmark, records, now } = data;
  return (
    <>
      <Head>
        <title>{benchmark.name}, records · Tinyproof</title>
      </Head>
      <ShareCard
        title={`${benchmark.name}, records`}
        description={benchmark.description}
        address={`${origin}/leaderboard/${benchmark.id}/records`}
        picture={`${origin}/leaderboard/${benchmark.id}/og.png`}
      />
      <BoardHead benchmark={benchmark} view="/records" />
      {records.length === 0
        ? (
          <p class="note">
            No model has a score here yet. <a href="/submit">Set the first record</a>.
          </p>
        )
        : (
          <>
            <div class="charts">
              <RecordChart benchmark={benchmark} records={records} now={now} />
            </div>
            <Leaders benchmark={benchmark} records={records} now={now} />
          </>
        )}
    </>
  );
});

type Shown = { benchmark: Benchmark; now: Date };

function Leaders({ benchmark, records, now }: Shown & { records: BoardRecord[] }) {
  return (
    <section>
      <h2>Who led when</h2>
      <TableBox label={`Records of ${benchmark.name}`}>
        <table class="stack">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="num">Score</th>
              <th scope="col" class="num">Parameters</th>
              <th scope="col">Since</th>
              <th scope="col">Held for</th>
              <th scope="col">Proof</th>
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <LeaderRow key={record.entryId} {...{ benchmark, record, now }} />
            ))}
          </tbody>
        </table>
      </TableBox>
    </section>
  );
}

function LeaderRow({ benchmark, record, now }: Shown & { record: BoardRecord }) {
  return (
    <tr>
      <ScoredCells benchmark={benchmark} model={record} />
      <td class="nowrap" data-label="Since">
        <time dateTime={record.since.toISOString()}>
          {formatInstant(record.since)}
        </time>
      </td>
      <td class="nowrap" data-label="Held for">{heldFor(record, now)}</td>
      <td>
        <StateBadge
          state={record.provenance}
          count={record.exactCount}
          sample={record.sample}
        />
      </td>
    </tr>
  );
}

function heldFor({ since, until }: BoardRecord, now: Date): string {
  const held = formatDuration((until ?? now).getTime() - since.getTime());
  return until === null ? `${held}, still leading` : held;
}
