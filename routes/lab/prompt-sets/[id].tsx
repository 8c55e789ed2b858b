import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../../app_state.ts";
import { formatInteger } from "../../../components/format.ts";
import { PromptModerationView } from "../../../components/LabModeration.tsx";
import { Pager } from "../../../components/Pager.tsx";
import { TableBox } from "../../../components/TableBox.tsx";
import { may } from "../../../lib/accounts/caller.ts";
import { pageNumber, parseQuery } from "../../../lib/http/query.ts";
import {
  promptModeration,
  type SetOfPrompts,
  setsOfPrompts,
} from "../../../lib/lab/prompt_sets_store.ts";
import { requireAnyPromptSet, requirePromptSet } from "../../../lib/lab/store.ts";
import type { Prompt, PromptSet } from "../../../lib/lab/types.ts";

const PAGE_SIZE = 200;
const query = z.object({ page: pageNumber });

export const handler = define.handlers({
  async GET(ctx) {
    ctx.state.keep = true;
    const { services: { db }, caller } = ctx.state;
    const { page: number } = parseQuery(query, ctx.url);
    const moderator = may(caller, "moderate");
    const prompts = await (moderator ? requireAnyPromptSet : requirePromptSet)(db, ctx.params.id);
    const [sets, moderation] = await Promise.all([
      setsOfPrompts(db, prompts.id),
      promptModeration(db, prompts, { moderator }),
    ]);
    return page({ prompts, number, sets, moderation });
  },
});

export default define.page<typeof handler>(function PromptSetPage({ data }) {
  const { prompts: { id, name, prompts, hidden }, sets, number } = data;
  return (
    <>
      <Head>
        <title>{name} (prompts) · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a> › <a href="/lab/prompt-sets">Prompt sets</a>
      </p>
      <h1>{name}</h1>
      {hidden && (
        <p class="note warn">
          Hidden: readers find these prompts on no list, and their page says why. Only moderators
          see this. Sets of completions stay, and show them: they are hidden on pages of their own.
        </p>
      )}
      <PromptFacts of={data.prompts} />
      {!hidden && (
        <p class="actions">
          <a class="button" href={`/lab/generate?prompts=${id}`}>Have a model complete them</a>
        </p>
      )}
      <section>
        <h2>Sets of completions</h2>
        {sets.length > 0 ? <SetTable sets={sets} /> : <p class="note">None yet.</p>}
      </section>
      <section>
        <h2>Prompts</h2>
        <PromptTable prompts={prompts.slice(PAGE_SIZE * (number - 1), PAGE_SIZE * number)} />
        <Pager
          page={number}
          pages={Math.max(1, Math.ceil(prompts.length / PAGE_SIZE))}
          path={`/lab/prompt-sets/${id}`}
        />
      </section>
      <PromptModerationView promptSetId={id} of={data.moderation} />
    </>
  );
});

function PromptFacts({ of: { prompts, source, licence, createdAt } }: { of: PromptSet }) {
  const counts = [...Map.groupBy(prompts, ({ category }) => category)]
    .map(([category, of]) => `${category} ${formatInteger(of.length)}`);
  return (
    <dl class="facts">
      <dt>Prompts</dt>
      <dd>{formatInteger(prompts.length)}: {counts.join(", ")}</dd>
      <dt>Origin</dt>
      <dd>{source || <span class="muted">not said</span>}</dd>
      <dt>Licence</dt>
      <dd>{licence || <span class="muted">not said</span>}</dd>
      <dt>Kept since</dt>
      <dd>{createdAt.toISOString().slice(0, 10)}</dd>
    </dl>
  );
}

function SetTable({ sets }: { sets: readonly SetOfPrompts[] }) {
  return (
    <TableBox label="Sets of completions">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Set</th>
            <th scope="col">Models</th>
            <th scope="col">Rubric</th>
          </tr>
        </thead>
        <tbody>
          {sets.map(({ id, name, models, rubric }) => (
            <tr key={id}>
              <th scope="row">
                <a href={`/lab/sets/${id}`}>{name}</a>
              </th>
              <td data-label="Models">{models.join(", ")}</td>
              <td data-label="Rubric">{rubric}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function PromptTable({ prompts }: { prompts: readonly Prompt[] }) {
  return (
    <TableBox label="Prompts">
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Id</th>
            <th scope="col">Category</th>
            <th scope="col">Prompt</th>
          </tr>
        </thead>
        <tbody>
          {prompts.map(({ id, category, text }) => (
            <tr key={id}>
              <th scope="row">{id}</th>
              <td class="whole" data-label="Category">{category}</td>
              <td class="lab-text whole" data-label="Prompt">{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}
