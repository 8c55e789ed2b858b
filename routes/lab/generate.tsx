import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { ModelShelf } from "../../components/playground/ModelShelf.tsx";
import GenerateSet from "../../islands/GenerateSet.tsx";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { listPromptSets, listRubrics } from "../../lib/lab/store.ts";
import { playModel, shelf } from "../../lib/submissions/shelf_store.ts";

const QUERY = z.object({ entry: entryId.optional() });

export const handler = define.handlers({
  async GET(ctx) {
    const { entry } = parseQuery(QUERY, ctx.url);
    const { db } = ctx.state.services;
    const [models, promptSets, rubrics] = await Promise.all([
      shelf(db),
      listPromptSets(db),
      listRubrics(db),
    ]);
    const id = entry ?? models[0]?.id;
    return page({
      models,
      model: id === undefined ? null : await playModel(db, id),
      promptSets: promptSets.map(({ id, name, prompts }) => ({
        id,
        name: `${name} (${prompts.length})`,
      })),
      rubrics: rubrics.map(({ id, name, version }) => ({
        id,
        name: `${name}, version ${version}`,
      })),
    });
  },
});

export default define.page<typeof handler>(function GeneratePage({ data }) {
  const { models, model, promptSets, rubrics } = data;
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
        A model of the board, or a file of yours, completes a set of prompts in this tab by beam
        search, exactly as everywhere. What comes out is a set to score.
      </p>
      {promptSets.length === 0 || rubrics.length === 0
        ? (
          <p class="note">
            There are no prompts and rubrics yet. <a href="/lab/import">Import a study</a> first.
          </p>
        )
        : (
          <div class="split wide-left">
            <GenerateSet
              key={model?.id}
              model={model}
              promptSets={promptSets}
              rubrics={rubrics}
            />
            <aside>
              <h2>From the board</h2>
              <ModelShelf models={models} path="/lab/generate" current={model?.id ?? null} />
              <p class="small muted">
                Large models take long here: <code>deno task cli lab generate FILE</code>{" "}
                does the same. <a href="/docs/lab">How the lab works</a>
              </p>
            </aside>
          </div>
        )}
    </>
  );
});
