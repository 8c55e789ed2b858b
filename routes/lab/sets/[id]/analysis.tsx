import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../../app_state.ts";
import {
  AgreementTable,
  AlphaFacts,
  ConfusionTable,
  CriterionTable,
  DriftTable,
  percentText,
  RaterName,
} from "../../../../components/LabAgreement.tsx";
import { LabBiasChart } from "../../../../components/LabBiasChart.tsx";
import { LabMeansChart } from "../../../../components/LabMeansChart.tsx";
import { LabMeansTable } from "../../../../components/LabMeansTable.tsx";
import { LabScalingChart } from "../../../../components/LabScalingChart.tsx";
import { analysisQuery } from "../../../../lib/http/lab_query.ts";
import { parseQuery } from "../../../../lib/http/query.ts";
import { bySize } from "../../../../lib/lab/analysis.ts";
import { type AnalysisPage, loadAnalysis } from "../../../../lib/lab/analysis_page.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const choice = parseQuery(analysisQuery, ctx.url);
    return page(await loadAnalysis(ctx.state.services.db, ctx.params.id, choice));
  },
});

export default define.page<typeof handler>(function AnalysisView({ data }) {
  const { set } = data;
  return (
    <>
      <Head>
        <title>Analysis of {set.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={`/lab/sets/${set.id}`}>{set.name}</a>
      </p>
      <h1>Analysis</h1>
      {data.raters.length === 0
        ? (
          <p class="note">
            Nobody has scored this set yet. <a href={`/lab/sets/${set.id}/score`}>Score it</a>.
          </p>
        )
        : (
          <>
            <Means data={data} />
            <AgreementSection data={data} />
            <DriftSection data={data} />
          </>
        )}
    </>
  );
});

function Means({ data: { set, rubric, raters, shown, means } }: { data: AnalysisPage }) {
  const models = bySize(set.models).map(({ name }) => name);
  const isJudge = shown.every(({ kind }) => kind === "judge");
  return (
    <section>
      <h2>Means</h2>
      <RaterTabs raters={raters} shown={shown} />
      {isJudge && (
        <p class="note warn">
          <strong>Judge-made.</strong> No person gave these scores: a language model did.
        </p>
      )}
      <div class="grid-2 charts">
        <div>
          <h3>By category</h3>
          <LabMeansChart
            rows={[means.overall, ...means.categories]}
            models={models}
            levels={rubric.levels}
          />
        </div>
        <div>
          <h3>Against size</h3>
          <LabScalingChart {...means} models={set.models} levels={rubric.levels} />
        </div>
      </div>
      <div class="below">
        <LabMeansTable {...means} models={models} />
      </div>
    </section>
  );
}

function RaterTabs({ raters, shown }: Pick<AnalysisPage, "raters" | "shown">) {
  const people = raters.filter(({ kind }) => kind === "human");
  return (
    <nav aria-label="Whose scores">
      <ul class="tabs">
        {people.length > 1 && (
          <li>
            <a href="?" aria-current={shown.length > 1 ? "page" : undefined}>All people</a>
          </li>
        )}
        {raters.map((rater) => (
          <li key={rater.id}>
            <a
              href={`?rater=${rater.id}`}
              aria-current={shown.length === 1 && shown[0].id === rater.id ? "page" : undefined}
            >
              <RaterName rater={rater} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function AgreementSection({ data: { set, agreements, alphas, pair } }: { data: AnalysisPage }) {
  if (agreements.length === 0) {
    return (
      <section>
        <h2>Agreement</h2>
        <p class="note">It takes two raters who scored the same completions.</p>
      </section>
    );
  }
  return (
    <>
      <section>
        <h2>Agreement</h2>
        <AgreementTable rows={agreements} path={`/lab/sets/${set.id}/analysis`} chosen={pair} />
        <AlphaFacts title="People" of={alphas.people} />
        <AlphaFacts title="People and judges" of={alphas.all} />
      </section>
      {pair && <PairSection setId={set.id} pair={pair} />}
    </>
  );
}

function PairSection({ setId, pair }: {
  setId: string;
  pair: NonNullable<AnalysisPage["pair"]>;
}) {
  const { a, b, equal, pairs, notBlind } = pair;
  return (
    <section id="pair">
      <h2>
        <RaterName rater={a} /> and <RaterName rater={b} />
      </h2>
      <p>
        Of {pairs} scores both gave, {equal.sum} are equal: {percentText(equal)}.{" "}
        <a href={`/lab/sets/${setId}/review?a=${a.id}&b=${b.id}`}>Review where they differ</a> ·
        {" "}
        <a href={`/lab/reviews?set=${setId}`}>What reviewers said</a>
      </p>
      {notBlind > 0 && (
        <p class="note">
          {notBlind} more were given with the judge's score on the screen, and are left out.
        </p>
      )}
      <div class="grid-2 charts">
        <div>
          <h3>Who gave what</h3>
          <ConfusionTable compared={pair} />
        </div>
        <div>
          <h3>Who is milder</h3>
          <LabBiasChart rows={pair.criteria} first={a.name} second={b.name} />
        </div>
      </div>
      <div class="below">
        <CriterionTable rows={pair.criteria} />
      </div>
    </section>
  );
}

function DriftSection({ data: { drift } }: { data: AnalysisPage }) {
  return (
    <section>
      <h2>Drift</h2>
      {drift.length > 0 ? <DriftTable rows={drift} /> : (
        <p class="prose muted">
          Nobody has scored anything twice. Scoring mixes repeats in when a rater asks for them.
        </p>
      )}
    </section>
  );
}
