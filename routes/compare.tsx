import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../app_state.ts";
import { CompareCurves, CompareRecipes } from "../components/CompareRecipes.tsx";
import { ComparePairs, CompareScores, LETTERS } from "../components/CompareView.tsx";
import { formatInteger } from "../components/format.ts";
import { entryId, isSentByForm, parseQuery } from "../lib/http/query.ts";
import {
  comparableEntries,
  type ComparedEntries,
  loadComparison,
  MOST_COMPARED,
} from "../lib/submissions/compare_page.ts";

/** Entries offered for choice; any other is reached through its own page or a board. */
const CHOICES = 100;
/** `a` and `b` are of older links. */
const querySchema = z.object({
  models: z.string().transform((text) => text.split(",")).pipe(z.array(entryId)).default([]),
  a: entryId.optional(),
  b: entryId.optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { models, a, b } = parseQuery(querySchema, ctx.url);
    const ids = [...new Set([...models, a, b].filter((id) => id !== undefined))];
    // One short address for a comparison, to be passed on and kept.
    if (a !== undefined || b !== undefined || isSentByForm(ctx.url)) {
      return ctx.redirect(ids.length === 0 ? "/compare" : `/compare?models=${ids.join(",")}`);
    }
    ctx.state.keep = true;
    const { db } = ctx.state.services;
    const [choices, compared] = await Promise.all([
      comparableEntries(db, CHOICES),
      loadComparison(db, ids.slice(0, MOST_COMPARED)),
    ]);
    return page({ choices, compared, asked: ids.length });
  },
});

export default define.page<typeof handler>(function ComparePage({ data }) {
  const { choices, compared, asked } = data;
  const { entries } = compared;
  const names = entries.map(({ name }) => name).join(", ");
  return (
    <>
      <Head>
        <title>
          {entries.length > 1 ? `${names} compared · Tinyproof` : "Compare models · Tinyproof"}
        </title>
      </Head>
      <p class="crumbs">
        <a href="/leaderboard">Leaderboards</a> / Compare
      </p>
      <h1>Compare models</h1>
      <p class="prose muted">
        Models are scored on the same examples, so they are compared example by example: a
        difference that two separate intervals would hide can show. What lies inside the noise is
        called a tie.
      </p>
      {asked > MOST_COMPARED && (
        <p class="note warn">
          {formatInteger(asked)} models were chosen and {MOST_COMPARED}{" "}
          fit beside each other: these are the first {MOST_COMPARED}.
        </p>
      )}
      <ChoiceForm choices={choices} entries={entries} />
      {entries.length === 1 && <p class="note">Choose a second model to compare it with.</p>}
      {entries.length > 1 && <Comparison compared={compared} />}
    </>
  );
});

function Comparison({ compared }: { compared: ComparedEntries }) {
  const { entries, boards } = compared;
  const anyPair = boards.some(({ pairs }) => pairs.length > 0);
  return (
    <>
      <section id="scores">
        <h2>Scores</h2>
        {anyPair
          ? <CompareScores {...compared} />
          : <p class="note">There is no benchmark yet on which two of them have been scored.</p>}
      </section>
      {anyPair && entries.length > 2 && (
        <section id="pairs">
          <h2>Pair by pair</h2>
          <ComparePairs boards={boards} />
        </section>
      )}
      {anyPair && (
        <p class="small muted">
          Paired bootstrap for perplexities, McNemar's exact test for accuracies, 95 %, not
          corrected for the number of comparisons:{" "}
          <a href="/about#statistics">how this is computed</a>.
        </p>
      )}
      <CompareCurves entries={entries} />
      <section id="recipes">
        <h2>What differs</h2>
        <CompareRecipes entries={entries} />
      </section>
    </>
  );
}

type Choices = readonly { id: string; name: string; author: string }[];

function ChoiceForm(
  { choices, entries }: { choices: Choices; entries: ComparedEntries["entries"] },
) {
  const options = [
    ...new Map([...entries, ...choices].map((choice) => [choice.id, choice])).values(),
  ];
  return (
    <form method="get" action="/compare" class="panel">
      <div class="compare-choices">
        {[...LETTERS].map((letter, i) => (
          <div key={letter} class="field">
            <label for={`choose-${letter}`}>Model {letter}</label>
            <select id={`choose-${letter}`} name="models">
              <option value="">{i < 2 ? "Choose …" : "none"}</option>
              {options.map(({ id, name, author }) => (
                <option key={id} value={id} selected={id === entries[i]?.id}>
                  {name}, by {author}
                </option>
              ))}
            </select>
          </div>
        ))}
      </div>
      <button class="button" type="submit">Compare</button>
    </form>
  );
}
