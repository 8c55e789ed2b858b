import { type Context, page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define, type State } from "../../app_state.ts";
import { formatParameters } from "../../components/format.ts";
import { OrderForm, OrderList } from "../../components/OrderForm.tsx";
import { ModelShelf } from "../../components/playground/ModelShelf.tsx";
import GenerateSet from "../../islands/GenerateSet.tsx";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { guestPolicy } from "../../lib/config.ts";
import { readForm } from "../../lib/http/form.ts";
import { orderOfForm, takeOrder } from "../../lib/http/lab_order.ts";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { statusOf } from "../../lib/http/status.ts";
import { joinableSets } from "../../lib/lab/generated_store.ts";
import { ordersOf } from "../../lib/lab/order_store.ts";
import { listPromptSets, listRubrics, rubricsOf } from "../../lib/lab/store.ts";
import type { Rubric } from "../../lib/lab/types.ts";
import { playModel, shelf } from "../../lib/submissions/shelf_store.ts";

const QUERY = z.object({
  entry: entryId.optional(),
  prompts: z.string().regex(/^[\w-]{1,64}$/, "the id of a prompt set").optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { entry, prompts } = parseQuery(QUERY, ctx.url);
    return page(await load(ctx, { ...entry && { entry }, ...prompts && { promptSetId: prompts } }));
  },

  /** Has the server generate a set. A refusal comes back on the same page, with what was asked. */
  async POST(ctx) {
    const fields = await readForm(ctx.req);
    try {
      const order = await takeOrder(ctx, orderOfForm(fields));
      return ctx.redirect(`/lab/orders/${order.id}`, 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page(await load(ctx, {}, { problem, values: fields }), { status: statusOf(error) });
    }
  },
});

async function load(
  { state: { services: { db, config }, caller } }: Context<State>,
  values: Record<string, string>,
  refused: { problem: PublicProblem; values: Record<string, string> } | null = null,
) {
  const mayKeep = caller !== null || guestPolicy(config) === "on";
  const by = { accountId: caller?.account.id ?? null };
  const [models, promptSets, rubrics, orders, joinable] = await Promise.all([
    shelf(db),
    listPromptSets(db),
    listRubrics(db),
    caller === null ? [] : ordersOf(db, caller.account.id),
    mayKeep ? joinableSets(db, by) : [],
  ]);
  const older = await rubricsOf(db, joinable.map(({ rubricId }) => rubricId));
  const id = values.entry ?? models[0]?.id;
  const model = id === undefined ? null : await playModel(db, id);
  return {
    ...{ models, orders, refused, values, model, signedIn: caller !== null },
    choices: {
      joinable,
      promptSets: promptSets.map(({ id, name, prompts }) => ({
        id,
        name: `${name} (${prompts.length})`,
      })),
      rubrics: withOlder(rubrics, older).map(({ id, name, version }) => ({
        id,
        name: `${name}, version ${version}`,
      })),
    },
  };
}

/** The newest of each, then those that sets to join are scored by. */
function withOlder(newest: readonly Rubric[], used: readonly Rubric[]): Rubric[] {
  const ids = new Set(newest.map(({ id }) => id));
  return [...newest, ...used.filter(({ id }) => !ids.has(id))];
}

type GenerateData = Awaited<ReturnType<typeof load>>;

export default define.page<typeof handler>(function GeneratePage({ data }) {
  const { promptSets, rubrics } = data.choices;
  return (
    <>
      <Head>
        <title>Generate a set · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>Generate a set</h1>
      <p class="lead">
        A model completes a set of prompts by beam search: in this tab, on the server or on the
        command line, with the same bytes everywhere. What comes out is a set to score.{" "}
        <a href="/lab/prompt-sets">Read the prompts, or add your own</a>.
      </p>
      {promptSets.length === 0 || rubrics.length === 0
        ? (
          <p class="note">
            There are no prompts and rubrics yet. <a href="/lab/import">Import a study</a> first, or
            {" "}
            <a href="/lab/prompt-sets">write prompts</a> and{" "}
            <a href="/lab/rubrics/new">a rubric</a>.
          </p>
        )
        : (
          <div class="split wide-left">
            <div>
              <InThisTab data={data} />
              <OnTheServer data={data} />
            </div>
            <FromTheBoard data={data} />
          </div>
        )}
    </>
  );
});

function FromTheBoard({ data: { models, model } }: { data: GenerateData }) {
  return (
    <aside>
      <h2>From the board</h2>
      <ModelShelf
        models={models}
        path="/lab/generate"
        current={model?.id ?? null}
      />
      <p class="small muted">
        Any other: “Complete prompts for the lab” on its page, below Try it.{" "}
        <a href="/docs/lab">How the lab works</a>
      </p>
    </aside>
  );
}

function InThisTab({ data: { model, choices, values } }: { data: GenerateData }) {
  return (
    <section>
      <h2>In this tab</h2>
      <p>With a model of the board or a file of yours, which stays here.</p>
      <GenerateSet key={model?.id} model={model} values={values} {...choices} />
    </section>
  );
}

function OnTheServer({ data }: { data: GenerateData }) {
  const { models, model, choices, orders, refused, values, signedIn } = data;
  const shelved = models.map(({ id, name, parameters }) => ({
    id,
    name: `${name} (${formatParameters(parameters)} weights)`,
  }));
  const here = model && !shelved.some(({ id }) => id === model.id) ? [model] : [];
  return (
    <section id="server">
      <h2>On the server</h2>
      <p>
        A job for large models and many prompts. Each completion is kept as it is done, so nothing
        is computed twice whatever stops.
      </p>
      {signedIn
        ? (
          <OrderForm
            {...choices}
            problem={refused?.problem ?? null}
            values={refused?.values ?? { ...values, entry: model?.id ?? "" }}
            models={[...here.map(({ id, name }) => ({ id, name })), ...shelved]}
          />
        )
        : (
          <p class="note">
            <a href="/account/sign-in?next=%2Flab%2Fgenerate">Sign in</a>{" "}
            to order one; the tab needs no account.
          </p>
        )}
      {orders.length > 0 && (
        <>
          <h3>Yours</h3>
          <OrderList orders={orders} />
        </>
      )}
    </section>
  );
}
