import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { ModelShelf } from "../../components/playground/ModelShelf.tsx";
import { PlaygroundNav } from "../../components/PlaygroundNav.tsx";
import Generate from "../../islands/Generate.tsx";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { playModel, shelf } from "../../lib/submissions/shelf_store.ts";

const QUERY = z.object({ entry: entryId.optional() });

export const handler = define.handlers({
  async GET(ctx) {
    const { entry } = parseQuery(QUERY, ctx.url);
    const { db } = ctx.state.services;
    const models = await shelf(db);
    const id = entry ?? models[0]?.id;
    return page({ models, model: id === undefined ? null : await playModel(db, id) });
  },
});

export default define.page<typeof handler>(function GeneratePage({ data: { models, model } }) {
  return (
    <>
      <Head>
        <title>Generate · Tinyproof</title>
      </Head>
      <h1>Generate</h1>
      <p class="lead">
        Let a model write, in this tab: the engine of the board runs here, and nothing is sent
        anywhere. Every token tells how likely it was.
      </p>
      <PlaygroundNav current="generate" entry={model?.id} />
      <div class="split wide-left">
        <Generate key={model?.id} model={model} />
        <aside>
          <h2>From the board</h2>
          <ModelShelf models={models} path="/playground/generate" current={model?.id ?? null} />
          <p class="small muted">
            Every model of the <a href="/leaderboard">leaderboards</a>{" "}
            can be opened here: follow “Try it”. <a href="/docs/playground">How it works</a>
          </p>
        </aside>
      </div>
    </>
  );
});
