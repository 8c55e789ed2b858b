import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../app_state.ts";
import { shortDigest } from "../components/format.ts";
import { ReportTable } from "../components/ReportTable.tsx";
import { StateBadge } from "../components/StateBadge.tsx";
import { Tabs } from "../components/Tabs.tsx";
import { parseQuery, reportId } from "../lib/http/query.ts";
import { listEvents } from "../lib/storage/ledger.ts";
import type { LedgerEvent } from "../lib/storage/schema.ts";
import { listReports } from "../lib/verification/store.ts";
import { type Verdict, VERDICTS } from "../lib/verification/types.ts";

const PAGE_SIZE = 50;
const querySchema = z.object({
  verdict: z.enum(VERDICTS, `one of ${VERDICTS.join(", ")}`).optional(),
  before: reportId.optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const { verdict, before } = parseQuery(querySchema, ctx.url);
    const [reports, [head]] = await Promise.all([
      listReports(db, { limit: PAGE_SIZE, verdict, before }),
      listEvents(db, { limit: 1 }),
    ]);
    return page({ reports, verdict, head, now: new Date() });
  },
});

export default define.page<typeof handler>(function AuditPage({ data }) {
  const { reports, verdict, head, now } = data;
  const last = reports.length === PAGE_SIZE ? reports[reports.length - 1] : undefined;
  const suffix = verdict ? `&verdict=${verdict}` : "";
  return (
    <>
      <Head>
        <title>Audit · Tinyproof</title>
      </Head>
      <h1>Audit</h1>
      <p class="lead">
        Every replay this server has done, whichever way it ended. A report can be downloaded and
        repeated by anybody with the command line; <a href="/keys">the keys</a>{" "}
        that sign them are public, and so is <a href="/security/attacks">what became of cheats</a>.
      </p>
      <VerdictTabs chosen={verdict} />
      {reports.length > 0 ? <ReportTable reports={reports} now={now} /> : (
        <p class="note">
          No report {verdict
            ? (
              <>
                with the verdict <StateBadge state={verdict} />
              </>
            )
            : "yet"}.
        </p>
      )}
      {last && (
        <p class="pager">
          <a href={`/audit?before=${last.id}${suffix}`}>Older reports</a>
        </p>
      )}
      <TwinsSection />
      <LedgerSection head={head} />
    </>
  );
});

function VerdictTabs({ chosen }: { chosen: Verdict | undefined }) {
  const verdicts = VERDICTS.map((word) => ({
    href: `/audit?verdict=${word}`,
    text: word,
    current: word === chosen,
  }));
  const all = { href: "/audit", text: "All", current: chosen === undefined };
  return <Tabs label="Filter by verdict" tabs={[all, ...verdicts]} />;
}

function TwinsSection() {
  return (
    <section>
      <h2>
        <a href="/twins">Sealed twins</a>
      </h2>
      <p class="prose">
        Trials that nobody can have learned by heart: drawn each quarter from a secret seed, whose
        hash is published first and which is itself published afterwards.
      </p>
    </section>
  );
}

function LedgerSection({ head }: { head: LedgerEvent | undefined }) {
  return (
    <section>
      <h2>The ledger</h2>
      <p class="prose">
        Submissions, scores, verdicts and removals are written to an append-only list in which each
        line carries the hash of the one before, so that nothing can be taken back unseen.
      </p>
      {head && (
        <p>
          Line {head.seq}, hash <code>{shortDigest(head.hash)}…</code>{" "}
          <a href="/ledger">Read the ledger</a>
        </p>
      )}
    </section>
  );
}
