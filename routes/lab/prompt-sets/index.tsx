import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../../app_state.ts";
import { formatInteger } from "../../../components/format.ts";
import { PromptSetForm } from "../../../components/PromptSetForm.tsx";
import { TableBox } from "../../../components/TableBox.tsx";
import { guestPolicy } from "../../../lib/config.ts";
import type { PublicProblem } from "../../../lib/errors.ts";
import { receivePromptForm } from "../../../lib/http/lab_prompts.ts";
import { type PromptFields, promptFields } from "../../../lib/lab/prompt_form.ts";
import { type ListedPromptSet, promptSetsWithUse } from "../../../lib/lab/prompt_sets_store.ts";

interface PromptSetsData {
  sets: ListedPromptSet[];
  /** Whoever looks may add some. */
  mayAdd: boolean;
  values: PromptFields;
  problem: PublicProblem | null;
}

export const handler = define.handlers({
  async GET(ctx) {
    const { services: { db, config }, caller } = ctx.state;
    ctx.state.keep = true;
    return page<PromptSetsData>({
      sets: await promptSetsWithUse(db),
      mayAdd: caller !== null || guestPolicy(config) === "on",
      values: promptFields({}),
      problem: null,
    });
  },

  /** The same prompts are kept once. A refusal comes back with what was written. */
  async POST(ctx) {
    const outcome = await receivePromptForm(ctx);
    if (outcome.kept) return ctx.redirect(`/lab/prompt-sets/${outcome.kept.id}`, 303);
    const { values, problem, status } = outcome;
    const sets = await promptSetsWithUse(ctx.state.services.db);
    return page<PromptSetsData>({ sets, mayAdd: true, values, problem }, { status });
  },
});

export default define.page<typeof handler>(function PromptSetsPage({ data }) {
  const { sets, mayAdd, values, problem } = data;
  return (
    <>
      <Head>
        <title>Prompt sets · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>Prompt sets</h1>
      <p class="lead">
        What models complete. A set of prompts never changes, so whatever is generated over it stays
        comparable.
      </p>
      {sets.length > 0 ? <PromptSetTable sets={sets} /> : <p class="note">None yet.</p>}
      <section class="rubric-form">
        <h2 id="add">Prompts of your own</h2>
        <p>They become public at once. Models may then complete them.</p>
        {mayAdd ? <PromptSetForm values={values} problem={problem} /> : (
          <p class="note">
            <a href="/account/sign-in?next=%2Flab%2Fprompt-sets">Sign in</a> to add some.
          </p>
        )}
      </section>
    </>
  );
});

function PromptSetTable({ sets }: { sets: readonly ListedPromptSet[] }) {
  return (
    <TableBox label="Prompt sets">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Prompts</th>
            <th scope="col" class="num">How many</th>
            <th scope="col" class="num">Sets of completions</th>
            <th scope="col">Origin</th>
            <th scope="col">Licence</th>
          </tr>
        </thead>
        <tbody>
          {sets.map(({ id, name, prompts, sets, source, licence }) => (
            <tr key={id}>
              <th scope="row">
                <a href={`/lab/prompt-sets/${id}`}>{name}</a>
              </th>
              <td class="num" data-label="How many">{formatInteger(prompts)}</td>
              <td class="num" data-label="Sets of completions">{formatInteger(sets)}</td>
              <td class="whole" data-label="Origin">
                {source || <span class="muted">not said</span>}
              </td>
              <td data-label="Licence">{licence || <span class="muted">not said</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
