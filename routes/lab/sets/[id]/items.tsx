import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../../app_state.ts";
import { LabText } from "../../../../components/LabText.tsx";
import { Pager } from "../../../../components/Pager.tsx";
import { pageNumber, parseQuery } from "../../../../lib/http/query.ts";
import { scoresOf } from "../../../../lib/lab/score_store.ts";
import { loadSetPage } from "../../../../lib/lab/set_page.ts";
import type { LabItem, Rubric, ScoreCell } from "../../../../lib/lab/types.ts";

const PAGE_SIZE = 15;
const query = z.object({
  page: pageNumber,
  category: z.string().max(60).optional(),
  model: z.string().max(120).optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { db } = ctx.state.services;
    const choice = parseQuery(query, ctx.url);
    const { set, rubric, items, raters } = await loadSetPage(db, ctx.params.id);
    const wanted = items.filter(({ category, model }) =>
      (choice.category ?? category) === category && (choice.model ?? model) === model
    );
    const shown = wanted.slice(PAGE_SIZE * (choice.page - 1), PAGE_SIZE * choice.page);
    const ids = new Set(shown.map(({ id }) => id));
    const cells = (await scoresOf(db, set.id, { notes: false }))
      .filter(({ itemId, round }) => ids.has(itemId) && round === 0);
    const categories = [...new Set(items.map(({ category }) => category))].sort();
    const pages = Math.max(1, Math.ceil(wanted.length / PAGE_SIZE));
    return page({ set, rubric, raters, shown, cells, categories, choice, pages });
  },
});

export default define.page<typeof handler>(function ItemsPage({ data, url }) {
  const { set, rubric, raters, shown, cells, categories, choice, pages } = data;
  const kept = new URLSearchParams(url.searchParams);
  kept.delete("page");
  return (
    <>
      <Head>
        <title>Completions of {set.name} · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href={`/lab/sets/${set.id}`}>{set.name}</a>
      </p>
      <h1>Completions</h1>
      <p class="note">
        Models and scores are named here. Who wants to score blind scores first.
      </p>
      <form class="item-filter" method="get">
        <Choice name="category" label="Category" values={categories} chosen={choice.category} />
        <Choice
          name="model"
          label="Model"
          values={set.models.map(({ name }) => name)}
          chosen={choice.model}
        />
        <button class="button quiet" type="submit">Show</button>
      </form>
      {shown.length === 0 && <p>There are none.</p>}
      {shown.map((item) => (
        <section key={item.id} class="lab-item">
          <h2>
            {item.position}. {item.category} <small class="muted">{item.model}</small>
          </h2>
          <LabText prompt={item.prompt} completion={item.completion} />
          <Scores item={item} rubric={rubric} cells={cells} raters={raters} />
        </section>
      ))}
      <Pager page={choice.page} pages={pages} path={`/lab/sets/${set.id}/items?${kept}`} />
    </>
  );
});

function Choice({ name, label, values, chosen }: {
  name: string;
  label: string;
  values: readonly string[];
  chosen: string | undefined;
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        <option value="">All</option>
        {values.map((value) => (
          <option key={value} value={value} selected={value === chosen}>{value}</option>
        ))}
      </select>
    </div>
  );
}

/** A line for each criterion somebody scored: who gave what. */
function Scores({ item, rubric, cells, raters }: {
  item: LabItem;
  rubric: Rubric;
  cells: readonly ScoreCell[];
  raters: readonly { id: string; name: string }[];
}) {
  const own = cells.filter(({ itemId }) => itemId === item.id);
  if (own.length === 0) return null;
  const text = new Map(rubric.criteria.map((criterion) => [criterion.id, criterion.text]));
  const names = new Map(raters.map(({ id, name }) => [id, name]));
  return (
    <dl class="facts small">
      {[...Map.groupBy(own, ({ criterion }) => criterion)].flatMap(([criterion, given]) => [
        <dt key={criterion}>{text.get(criterion) ?? criterion}</dt>,
        <dd key={`${criterion} given`}>
          {given.map(({ raterId, value }) => `${names.get(raterId)} ${value}`).join(", ")}
        </dd>,
      ])}
    </dl>
  );
}
