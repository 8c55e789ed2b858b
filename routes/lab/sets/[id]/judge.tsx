import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../../app_state.ts";
import { formatInteger } from "../../../../components/format.ts";
import { RaterName } from "../../../../components/LabAgreement.tsx";
import { JudgeGate } from "../../../../components/JudgeGate.tsx";
import JudgeRun from "../../../../islands/JudgeRun.tsx";
import { raterOf } from "../../../../lib/http/lab_rater.ts";
import type { CriterionGate } from "../../../../lib/lab/judge/gate.ts";
import { gateOf } from "../../../../lib/lab/judge_gate_store.ts";
import { type JudgeRunRow, judgeRunsOf } from "../../../../lib/lab/judge_store.ts";
import { requireSet } from "../../../../lib/lab/set_store.ts";
import { listJudgeTemplates, requireRubric } from "../../../../lib/lab/store.ts";

export const handler = define.handlers({
  async GET(ctx) {
    const { services: { db }, caller } = ctx.state;
    const set = await requireSet(db, ctx.params.id);
    const rubric = await requireRubric(db, set.rubricId);
    const runs = await judgeRunsOf(db, set.id);
    const told = await Promise.all(
      runs.map(async (run) => ({ run, gate: await gateOf(db, run.judge, rubric) })),
    );
    const templates = await listJudgeTemplates(db);
    const mayRun = caller !== null || await raterOf(ctx) !== null;
    return page({ set, told, templates, mayRun });
  },
});

export default define.page<typeof handler>(function JudgePage({ data }) {
  const { set, told, templates, mayRun } = data;
  return (
    <>
      <Head>
        <title>Judge {set.name} · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={`/lab/sets/${set.id}`}>{set.name}</a>
      </p>
      <h1>Judge {set.name}</h1>
      <p class="lead">
        A language model of your choice scores what people have scored, without seeing their scores.
        Only where it gave the same score <strong>90 % of the time</strong>{" "}
        may it score what nobody has. Whatever a judge gives is shown as a judge's.
      </p>
      {!mayRun && (
        <p class="note">
          To keep its scores here, <a href="/account/sign-in">sign in</a> or{" "}
          <a href={`/lab/sets/${set.id}/score`}>say who you are</a> first.
        </p>
      )}
      <div class="grid-2">
        <JudgeRun
          setId={set.id}
          templates={templates.map(({ id, name, version }) => ({ id, name, version }))}
        />
        <HowItAsks />
      </div>
      <section>
        <h2>Runs</h2>
        {told.length === 0 && <p class="note">No judge has scored this set here yet.</p>}
        {told.map(({ run, gate }) => <Run key={run.id} run={run} gate={gate} />)}
      </section>
    </>
  );
});

function HowItAsks() {
  return (
    <div class="prose">
      <p>
        Each question is one completion under the criteria of its category. What cannot be read is
        asked again, then listed below, and asked again by the next run. Close the tab when you
        like: what was answered is kept, and a run goes on where it was.
      </p>
      <p>
        <a href="/lab/templates">Templates</a> · <a href="/docs/lab">How the lab works</a>
      </p>
    </div>
  );
}

function Run({ run: { judge, progress, updatedAt }, gate }: {
  run: JudgeRunRow;
  gate: CriterionGate[];
}) {
  const { scored, failures, inputTokens, outputTokens, cost } = progress;
  const asked = gate.filter(({ pairs }) => pairs > 0);
  return (
    <article class="judge-run">
      <h3>
        <RaterName rater={judge} />
      </h3>
      <p>
        {formatInteger(scored)} questions scored, {formatInteger(inputTokens)} tokens in,{" "}
        {formatInteger(outputTokens)} out
        {cost !== null && `, cost ${cost.toFixed(4)}`}; last on{" "}
        {updatedAt.toISOString().slice(0, 10)}.
      </p>
      {asked.length > 0
        ? <JudgeGate gate={asked} name={judge.name} />
        : <p class="muted">No blind score of a person to compare with yet.</p>}
      {failures.length > 0 && (
        <details>
          <summary>Without a score: {failures.length}</summary>
          <ul class="inside">
            {failures.map(({ key, category, status, reason }) => (
              <li key={key}>{category}, {status}: {reason}</li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}
