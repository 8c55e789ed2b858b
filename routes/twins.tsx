import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { formatInstant } from "../components/format.ts";
import { TableBox } from "../components/TableBox.tsx";
import { BENCHMARKS } from "../lib/benchmarks/registry.ts";
import type { Benchmark } from "../lib/benchmarks/benchmark.ts";
import { quarterEnd } from "../lib/twins/quarter.ts";
import { type TwinPeriod, twinPeriods } from "../lib/twins/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    return page({ periods: await twinPeriods(ctx.state.services.db) });
  },
});

const TWINNED = BENCHMARKS.filter(({ twin }: Benchmark) => twin !== undefined);

export default define.page<typeof handler>(function TwinsPage({ data: { periods } }) {
  return (
    <>
      <Head>
        <title>Sealed twins · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/audit">Audit</a>
      </p>
      <h1>Sealed twins</h1>
      <p class="lead">
        The public trials of {TWINNED.map(({ name }) => name).join(" and ")}{" "}
        can be learned by heart. So every model meets 200 more of each kind, which nobody has seen.
      </p>
      <div class="prose">
        <p>
          They are drawn from a secret seed. Its hash is written to <a href="/ledger">the ledger</a>
          {" "}
          before the seed is used; when the quarter is over the seed itself follows, and another one
          takes its place. A model that does much better on the public trials than on the sealed
          ones has memorised them and loses its rank on that benchmark.
        </p>
      </div>
      <section>
        <h2>Seeds</h2>
        {periods.length > 0
          ? <Periods periods={periods} />
          : <p class="note">No seed has been drawn yet.</p>}
      </section>
      <CheckIt seed={periods.find(({ seed }) => seed !== null)?.seed} />
    </>
  );
});

function Periods({ periods }: { periods: readonly TwinPeriod[] }) {
  return (
    <TableBox label="Seeds of the sealed twins">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Quarter</th>
            <th scope="col">Committed</th>
            <th scope="col">Commitment</th>
            <th scope="col">Seed</th>
          </tr>
        </thead>
        <tbody>
          {periods.map(({ period, commitment, committedAt, seed, revealedAt }) => (
            <tr key={period}>
              <th scope="row" class="nowrap">{period}</th>
              <td class="nowrap small" data-label="Committed">{formatInstant(committedAt)}</td>
              <td class="whole" data-label="Commitment">
                <code class="digest">{commitment}</code>
              </td>
              <td class="whole" data-label="Seed">
                {seed && revealedAt
                  ? (
                    <>
                      <code class="digest">{seed}</code>
                      <br />
                      <span class="muted small">revealed {formatInstant(revealedAt)}</span>
                    </>
                  )
                  : `sealed until ${formatInstant(quarterEnd(period))}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function CheckIt({ seed }: { seed?: string | null }) {
  return (
    <section class="prose">
      <h2>Check it</h2>
      <p>
        The commitment is SHA-256 of the text <code>twin-seed/v1</code>{" "}
        followed by the 32 bytes of the seed. With a revealed seed anyone can draw the same trials
        and score any model on them:
      </p>
      <pre tabIndex={0}>
          {`deno task cli score FILE --twin-seed ${seed ?? "SEED"}`}
      </pre>
      <p>
        It prints the commitment, the right answers and the gap, which have to be those shown here.
        {" "}
        <a href="/api/v1/twins">As JSON</a>
      </p>
    </section>
  );
}
