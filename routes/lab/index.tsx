import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { formatInteger } from "../../components/format.ts";
import { TableBox } from "../../components/TableBox.tsx";
import { type ListedSet, listSets } from "../../lib/lab/set_store.ts";
import { listRubrics } from "../../lib/lab/store.ts";
import type { Rubric } from "../../lib/lab/types.ts";

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const [sets, rubrics] = await Promise.all([listSets(db), listRubrics(db)]);
    return page({ sets, rubrics });
  },
});

export default define.page<typeof handler>(function LabPage({ data: { sets, rubrics } }) {
  return (
    <>
      <Head>
        <title>Lab · Tinyproof</title>
      </Head>
      <div class="head-row">
        <h1>Lab</h1>
        <span>
          <a href="/lab/generate">Generate a set</a> · <a href="/lab/import">Import a study</a>
        </span>
      </div>
      <p class="lead">
        Stories scored by hand, and judges judged. Whatever is measured here says how a model
        writes; <strong>it never enters a ranking</strong>.
      </p>
      <p>
        <a href="/lab/studies/tinyscalelab">TinyScaleLab's published tables, reproduced</a> ·{" "}
        <a href="/lab/prompt-sets">Prompt sets</a> · <a href="/lab/reviews">Reviews</a> ·{" "}
        <a href="/lab/templates">Judges' templates</a> · <a href="/docs/lab">How the lab works</a>
      </p>
      <section>
        <h2>Sets to score</h2>
        {sets.length > 0 ? <SetTable sets={sets} /> : (
          <p class="note">
            None yet. <a href="/lab/import">Import a study</a> from its files.
          </p>
        )}
      </section>
      <section>
        <div class="head-row">
          <h2>Rubrics</h2>
          <a class="button quiet" href="/lab/rubrics/new">New rubric</a>
        </div>
        {rubrics.length > 0 ? <RubricTable rubrics={rubrics} /> : <p class="note">None yet.</p>}
      </section>
    </>
  );
});

function SetTable({ sets }: { sets: readonly ListedSet[] }) {
  return (
    <TableBox label="Sets">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">Models</th>
            <th scope="col" class="num">Completions</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {sets.map(({ id, name, models, items, source, sourceNote }) => (
            <tr key={id}>
              <th scope="row">
                <a href={`/lab/sets/${id}`}>{name}</a>
              </th>
              <td class="whole" data-label="Models">
                {models.map((model) => model.name).join(", ")}
              </td>
              <td class="num" data-label="Completions">{formatInteger(items)}</td>
              <td class="whole" data-label="From">
                {source}
                {sourceNote && <small class="muted">, {sourceNote}</small>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function RubricTable({ rubrics }: { rubrics: readonly Rubric[] }) {
  return (
    <TableBox label="Rubrics">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Rubric</th>
            <th scope="col" class="num">Newest version</th>
            <th scope="col" class="num">Criteria</th>
            <th scope="col">Scores</th>
          </tr>
        </thead>
        <tbody>
          {rubrics.map(({ slug, name, version, criteria, levels }) => (
            <tr key={slug}>
              <th scope="row">
                <a href={`/lab/rubrics/${slug}`}>{name}</a>
              </th>
              <td class="num" data-label="Newest version">{version}</td>
              <td class="num" data-label="Criteria">{criteria.length}</td>
              <td data-label="Scores">{levels.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
