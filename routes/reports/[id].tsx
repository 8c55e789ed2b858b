import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { ChainView } from "../../components/ChainView.tsx";
import { formatInstant } from "../../components/format.ts";
import { ReportComparison, ReportFacts, ReportVerifiers } from "../../components/ReportParts.tsx";
import { LossComparison } from "../../components/LossComparison.tsx";
import { lossPoints } from "../../components/LossCurve.tsx";
import { MismatchView } from "../../components/MismatchView.tsx";
import { resultOf, sampleOf, shareOf } from "../../components/report_view.ts";
import { SampleView } from "../../components/SampleView.tsx";
import { SeedAudits } from "../../components/SeedAudits.tsx";
import { StateBadge } from "../../components/StateBadge.tsx";
import { stateWord } from "../../components/states.ts";
import { SeedNote } from "../../components/TicketFacts.tsx";
import type { ModelConfig } from "../../lib/format/config.ts";
import type { Report } from "../../lib/storage/provenance_schema.ts";
import { loadModelPage } from "../../lib/submissions/model_page.ts";
import { describeVerdict } from "../../lib/verification/report.ts";
import type { Chain } from "../../lib/verification/types.ts";
import { requireReport } from "../../lib/verification/require.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const report = await requireReport(db, ctx.params.id);
    const { entry, chain, recipe, seed, audits } = await loadModelPage(db, report.entry_id);
    return page({ report, entry, chain, recipe, seed, audits });
  },
});

export default define.page<typeof handler>(function ReportPage({ data }) {
  const { report, entry, chain, recipe, seed, audits } = data;
  const result = resultOf(report);
  const claimed = lossPoints(entry.loss_history);
  return (
    <>
      <Verdict report={report} name={entry.name} />
      {seed && recipe && <SeedNote origin={seed} seed={recipe.seed} />}
      <MismatchView
        result={result}
        chain={chain}
        config={entry.config as ModelConfig | null}
      />
      <SampleView report={report} />
      <section class="grid-2">
        <ReportComparison result={result} chain={chain} />
        <ReportFacts report={report} result={result} />
      </section>
      <LossComparison claimed={claimed} recomputed={lossPoints(result.losses)} />
      {chain && result.leavesCompared > 0 && sampleOf(report) === null && (
        <Checkpoints report={report} chain={chain} compared={result.leavesCompared} />
      )}
      <ReportVerifiers verifiers={result.verifiers} />
      {audits.length > 0 && (
        <section>
          <h2>Fresh seeds</h2>
          <SeedAudits audits={audits} entryId={entry.id} />
        </section>
      )}
      <Downloads report={report} />
    </>
  );
});

function Verdict({ report, name }: { report: Report; name: string }) {
  return (
    <>
      <Head>
        <title>{report.verdict}: report on {name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/audit">Audit</a> / Report {report.id}
      </p>
      <h1>Report on {name}</h1>
      <p class="lead">
        <StateBadge state={report.verdict} sample={shareOf(report)} />{" "}
        {formatInstant(report.created_at)}
      </p>
      <p class="prose">
        <strong>{describeVerdict(resultOf(report))}</strong>
      </p>
      <p class="prose muted">{stateWord(report.verdict).meaning}</p>
    </>
  );
}

function Checkpoints({ report, chain, compared }: {
  report: Report;
  chain: Chain;
  /** Leaves, from the first. */
  compared: number;
}) {
  return (
    <section>
      <h2>
        {report.first_divergent_step === null ? "Checkpoints" : "Checkpoints around the difference"}
      </h2>
      <ChainView
        chain={chain}
        divergentStep={report.first_divergent_step}
        compared={compared}
      />
    </section>
  );
}

function Downloads({ report }: { report: Report }) {
  return (
    <p class="actions">
      {report.envelope && (
        <a class="button quiet" href={`/api/v1/reports/${report.id}/envelope`} download>
          Download, signed
        </a>
      )}
      <a
        class="button quiet"
        href={`/api/v1/reports/${report.id}`}
        download={`report-${report.id}.json`}
      >
        Download as JSON
      </a>
      <a class="button quiet" href={`/models/${report.entry_id}`}>To the model</a>
    </p>
  );
}
