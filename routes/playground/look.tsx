import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { ModelShelf } from "../../components/playground/ModelShelf.tsx";
import { PlaygroundNav } from "../../components/PlaygroundNav.tsx";
import LookInside from "../../islands/LookInside.tsx";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { playModel, shelf } from "../../lib/submissions/shelf_store.ts";

const LONGEST_TEXT = 4000;
const QUERY = z.object({
  entry: entryId.optional(),
  text: z.string().max(LONGEST_TEXT, `at most ${LONGEST_TEXT} characters`).optional(),
});

export const handler = define.handlers({
  async GET(ctx) {
    const { entry, text } = parseQuery(QUERY, ctx.url);
    const { db } = ctx.state.services;
    const models = await shelf(db);
    const id = entry ?? models[0]?.id;
    return page({ models, text, model: id === undefined ? null : await playModel(db, id) });
  },
});

export default define.page<typeof handler>(function LookPage({ data: { models, model, text } }) {
  return (
    <>
      <Head>
        <title>Look inside · Tinyproof</title>
      </Head>
      <h1>Look inside</h1>
      <p class="lead">
        What a model does with a text: where each head looks, what it would say after each block,
        what may come next, and how its weights are spread.
      </p>
      <PlaygroundNav current="look" entry={model?.id} />
      <LookInside key={model?.id} model={model} text={text} />
      <section>
        <h2>From the board</h2>
        <ModelShelf models={models} path="/playground/look" current={model?.id ?? null} />
        <p class="small muted">
          Every model of the <a href="/leaderboard">leaderboards</a>{" "}
          can be looked into from its page. <a href="/docs/playground">How it works</a>
        </p>
      </section>
    </>
  );
});
