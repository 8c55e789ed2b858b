import { type Context, page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define, type State } from "../../app_state.ts";
import { formatParameters } from "../../components/format.ts";
import { OrderForm, OrderList } from "../../components/OrderForm.tsx";
import { ModelShelf } from "../../components/playground/ModelShelf.tsx";
import GenerateSet from "../../islands/GenerateSet.tsx";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { readForm } from "../../lib/http/form.ts";
import { orderOfForm, takeOrder } from "../../lib/http/lab_order.ts";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { statusOf } from "../../lib/http/status.ts";
import { ordersOf } from "../../lib/lab/order_store.ts";
import { listPromptSets, listRubrics } from "../../lib/lab/store.ts";
import { playModel, shelf } from "../../lib/submissions/shelf_store.ts";

const QUERY = z.object({ entry: entryId.optional() });

export const handler = define.handlers({
  async GET(ctx) {
    const { entry } = parseQuery(QUERY, ctx.url);
    return page(await load(ctx, entry, null));
  },

  /** Has the server generate a set. A refusal comes back on the same page. */
  async POST(ctx) {
    const fields = await readForm(ctx.req);
    try {
      const order = await takeOrder(ctx, orderOfForm(fields));
      return ctx.redirect(`/lab/orders/${order.id}`, 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page(await load(ctx, undefined, problem), { status: statusOf(error) });
    }
  },
});

async function load(
  { state: { services: { db }, caller } }: Context<State>,
  entry: string | undefined,
  problem: PublicProblem | null,
) {
  const [models, promptSets, rubrics, orders] = await Promise.all([
    shelf(db),
    listPromptSets(db),
    listRubrics(db),
    caller === null ? [] : ordersOf(db, caller.account.id),
  ]);
  const id = entry ?? models[0]?.id;
  return {
    models,
    orders,
    problem,
    signedIn: caller !== null,
    model: id === undefined ? null : await playModel(db, id),
    promptSets: promptSets.map(({ id, name, prompts }) => ({
      id,
      name: `${name} (${prompts.length})`,
    })),
    rubrics: rubrics.map(({ id, name, version }) => ({ id, name: `${name}, version ${version}` })),
  };
}

type GenerateData = Awaited<ReturnType<typeof load>>;

export default define.page<typeof handler>(function GeneratePage({ data }) {
  const { promptSets, rubrics } = data;
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
        command line, with the same bytes everywhere. What comes out is a set to score.
      </p>
      {promptSets.length === 0 || rubrics.length === 0
        ? (
          <p class="note">
            There are no prompts and rubrics yet. <a href="/lab/import">Import a study</a> first.
          </p>
        )
        : (
          <div class="split wide-left">
            <div>
              <InThisTab data={data} />
              <OnTheServer data={data} />
            </div>
            <aside>
              <h2>From the board</h2>
              <ModelShelf
                models={data.models}
                path="/lab/generate"
                current={data.model?.id ?? null}
              />
              <p class="small muted">
                Any other: “Complete prompts for the lab” on its page, below Try it.{" "}
                <a href="/docs/lab">How the lab works</a>
              </p>
            </aside>
          </div>
        )}
    </>
  );
});

function InThisTab({ data: { model, promptSets, rubrics } }: { data: GenerateData }) {
  return (
    <section>
      <h2>In this tab</h2>
      <p>With a model of the board or a file of yours, which stays here.</p>
      <GenerateSet key={model?.id} model={model} promptSets={promptSets} rubrics={rubrics} />
    </section>
  );
}

function OnTheServer(
  { data: { models, model, promptSets, rubrics, orders, problem, signedIn } }: {
    data: GenerateData;
  },
) {
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
            {...{ promptSets, rubrics, problem, chosen: model?.id }}
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
