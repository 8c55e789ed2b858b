import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../app_state.ts";
import { CompareTable } from "../components/CompareView.tsx";
import { entryId, parseQuery } from "../lib/http/query.ts";
import { comparableEntries, loadComparison } from "../lib/submissions/compare_page.ts";

/** Entries offered for choice; any other is reached through its own page. */
const CHOICES = 200;
const querySchema = z.object({ a: entryId.optional(), b: entryId.optional() });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const { a, b } = parseQuery(querySchema, ctx.url);
    const choices = await comparableEntries(db, CHOICES);
    const compared = a !== undefined && b !== undefined ? await loadComparison(db, a, b) : null;
    return page({
      a,
      b,
      choices: compared ? [...choices, compared.a, compared.b] : choices,
      compared,
    });
  },
});

export default define.page<typeof handler>(function ComparePage({ data }) {
  const { a, b, choices, compared } = data;
  return (
    <>
      <Head>
        <title>Compare two models · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/leaderboard">Leaderboards</a> / Compare
      </p>
      <h1>Compare two models</h1>
      <p class="prose muted">
        Both are scored on the same examples, so they are compared example by example: a difference
        that two separate intervals would hide can show. What lies inside the noise is called a tie.
      </p>
      <form method="get" action="/compare" class="panel">
        <div class="grid-2">
          <Choice name="a" label="First model" chosen={a} choices={choices} />
          <Choice name="b" label="Second model" chosen={b} choices={choices} />
        </div>
        <button class="button" type="submit">Compare</button>
      </form>
      {compared && (compared.scores.length > 0
        ? (
          <section>
            <h2>
              <a href={`/models/${compared.a.id}`}>{compared.a.name}</a> and{" "}
              <a href={`/models/${compared.b.id}`}>{compared.b.name}</a>
            </h2>
            <CompareTable {...compared} />
          </section>
        )
        : <p class="note">There is no benchmark yet on which both have been scored.</p>)}
    </>
  );
});

function Choice(
  { name, label, chosen, choices }: {
    name: "a" | "b";
    label: string;
    chosen: string | undefined;
    choices: readonly { id: string; name: string; author: string }[];
  },
) {
  const options = new Map(choices.map((choice) => [choice.id, choice]));
  return (
    <div class="field">
      <label for={`choose-${name}`}>{label}</label>
      <select id={`choose-${name}`} name={name} required>
        <option value="">Choose …</option>
        {[...options.values()].map(({ id, name, author }) => (
          <option key={id} value={id} selected={id === chosen}>{name}, by {author}</option>
        ))}
      </select>
    </div>
  );
}
