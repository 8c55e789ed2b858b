import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { StudyFigures } from "../../../components/StudyFigures.tsx";
import { PUBLISHED_DECODING } from "../../../lib/lab/generate/completions.ts";
import { loadPublished } from "../../../lib/lab/study_store.ts";
import { type Difference, proseDifferences } from "../../../lib/lab/tinyscalelab/prose.ts";
import { MODEL_LABELS } from "../../../lib/lab/tinyscalelab/published.ts";
import type { Clicks, StudyTables } from "../../../lib/lab/tinyscalelab/study.ts";

export const handler = define.handlers({
  async GET(ctx) {
    // The raters of this study are of its import: nobody adds to their scores.
    ctx.state.keep = true;
    return page({ study: await loadPublished(ctx.state.services.db) });
  },
});

export default define.page<typeof handler>(function StudyPage({ data: { study } }) {
  return (
    <>
      <Head>
        <title>TinyScaleLab's tables, reproduced · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>TinyScaleLab's tables, reproduced</h1>
      {study === null ? <NotImported /> : (
        <>
          <Summary tables={study.tables} setId={study.set.id} />
          <ScoreTables tables={study.tables} />
          {study.tables.judges.toReversed().map((judge) => (
            <JudgeTables key={judge.raterId} judge={judge} />
          ))}
          <Differences list={proseDifferences(study.tables, study.prompts)} />
          <Inferred />
        </>
      )}
    </>
  );
});

function NotImported() {
  return (
    <p class="note">
      The study is not on this server yet.{" "}
      <code>deno task cli lab import data/lab/tinyscalelab</code> brings it here, or{" "}
      <a href="/lab/import">the form</a> does.
    </p>
  );
}

function Summary({ tables: { check }, setId }: { tables: StudyTables; setId: string }) {
  const all = check.rows === check.equalRows;
  return (
    <>
      <p class="lead">
        Vishal Bakshi scored 450 stories of three TinyStories models by hand and published what came
        out. Here are the same tables, computed from his data, each figure beside the published one.
      </p>
      <p class={`note ${all ? "good" : "bad"}`}>
        <strong>{check.equalRows} of {check.rows} published rows come out</strong>, with{" "}
        {check.equalFigures} of their {check.figures}{" "}
        figures: overall, six categories and 18 criteria of three models, and the agreement overall,
        by category and by criterion. Halves are rounded to the even digit, as there.
      </p>
      <p>
        <a href={`/lab/sets/${setId}`}>The completions and every score</a> ·{" "}
        <a href={`/lab/sets/${setId}/analysis`}>Agreement, intervals and pictures</a> ·{" "}
        <a href="#prose">Where prose and data differ</a>
      </p>
    </>
  );
}

function ScoreTables({ tables }: { tables: StudyTables }) {
  const columns = [...MODEL_LABELS];
  const categories = [...new Set(tables.criteria.map(({ category }) => category))];
  return (
    <>
      <section>
        <h2>Scores by hand</h2>
        <StudyFigures
          label="Overall and by category"
          head="Category"
          columns={columns}
          rows={[tables.overall, ...tables.categories]}
        />
      </section>
      <section>
        <h2>By criterion</h2>
        {categories.map((category) => (
          <div key={category} class="by-category">
            <h3>{category}</h3>
            <StudyFigures
              label={`Criteria of ${category}`}
              head="Criterion"
              columns={columns}
              rows={tables.criteria.filter((row) => row.category === category)}
            />
          </div>
        ))}
      </section>
      <section>
        <h2>Beside the TinyStories paper</h2>
        <p class="prose">
          Figure 4 of the paper has GPT-4's scores of models of that size, as read off by the post.
        </p>
        <StudyFigures
          label="Comparison with the TinyStories paper"
          head="Category"
          otherColumns={columns.map((name) => `Paper, ${name}`)}
          columns={columns.map((name) => `By hand, ${name}`)}
          rows={tables.paper.map((row) => ({ ...row, others: row.paper }))}
        />
      </section>
    </>
  );
}

function JudgeTables({ judge }: { judge: Clicks }) {
  const { own } = judge;
  return (
    <section>
      <h2>Agreement with the judge: {judge.name}</h2>
      <p class="note warn">
        <strong>Not blind.</strong>{" "}
        Each is a click on “agree” or “disagree” with the judge's score on the screen. Of{" "}
        {own.pairs} scores that the rater had given before, without the judge, {own.equal}{" "}
        are equal to the judge's: <strong>{(100 * own.equal / own.pairs).toFixed(1)} %</strong>.
      </p>
      <div class="slim">
        <StudyFigures
          label={`Agreement by category, ${judge.name}`}
          head="Category"
          columns={["Agreed"]}
          unit="%"
          rows={[{ id: "overall", label: "All", figures: [judge.overall] }, ...judge.categories]}
        />
        <details>
          <summary>By criterion ({judge.criteria.length})</summary>
          <StudyFigures
            label={`Agreement by criterion, ${judge.name}`}
            head="Criterion"
            columns={["Agreed"]}
            unit="%"
            rows={judge.criteria}
          />
        </details>
      </div>
    </section>
  );
}

/** What a reader may take for published, and is not. */
function Inferred() {
  return (
    <section id="inferred">
      <h2>What is inferred, not published</h2>
      <p class="prose">
        Published is that the completions were made with five beams and no sampling, and that there
        was a least and a most length; neither number is in the post, the files or the
        configurations. <a href="/lab/generate">Generating a set</a> fills in{" "}
        {PUBLISHED_DECODING.minTokens} and {PUBLISHED_DECODING.maxTokens}{" "}
        new tokens, because the completions have 29 to 234 words, the longest of which break off in
        the middle of a word. The post names <code>min_length</code>{" "}
        of Hugging Face's generate, which counts the tokens of the prompt too; ours do not.
      </p>
    </section>
  );
}

function Differences({ list }: { list: readonly Difference[] }) {
  return (
    <section id="prose">
      <h2>Where prose and data differ</h2>
      <ul class="differences">
        {list.map(({ where, said, data }) => (
          <li key={said}>
            <p class="said">
              <span class="muted">{where}:</span> {said}
            </p>
            <p>{data}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
