import { page } from "fresh";
import { Head } from "fresh/runtime";
import { z } from "zod";
import { define } from "../../app_state.ts";
import { Glossary } from "../../components/playground/Term.tsx";
import { PlaygroundNav } from "../../components/PlaygroundNav.tsx";
import TrainInTab from "../../islands/TrainInTab.tsx";
import { OFFERED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { replayLimits } from "../../lib/config.ts";
import { corpusList } from "../../lib/corpora/corpus_page.ts";
import { canReplay } from "../../lib/engine/conforming.ts";
import { entryId, parseQuery } from "../../lib/http/query.ts";
import { engineBlob } from "../../lib/jobs/files.ts";
import { checkRecipe, planOf } from "../../lib/playground/check.ts";
import { recipeFieldGroups } from "../../lib/playground/fields.ts";
import { offeredPresets, offeredSources, offeredTokenizers } from "../../lib/playground/offer.ts";
import { probes } from "../../lib/playground/probes.ts";
import { requireStanding } from "../../lib/submissions/require.ts";
import { recipeOrNull } from "../../lib/verification/parse_recipe.ts";

const QUERY = z.object({ entry: entryId.optional() });

export const handler = define.handlers({
  /** With `entry`, the recipe of that entry to begin with. */
  async GET(ctx) {
    const { entry: id } = parseQuery(QUERY, ctx.url);
    const { db, config } = ctx.state.services;
    const limits = replayLimits(config);
    const { sha256: engine } = await engineBlob(ctx.state.services);
    const entry = id === undefined ? null : await requireStanding(db, id);
    const recipe = entry && recipeOrNull(entry.recipe);
    const own = recipe && checkRecipe(recipe, { engine, limits });
    // A recipe of an engine that gives other bits cannot be trained here as it stands.
    const plan = own && "plan" in own && canReplay(engine, recipe.engine) ? own.plan : null;
    const from = entry && plan && { entry: entry.id, name: entry.name };
    return page({ from, plan, engine, limits, corpora: await corpusList(db) });
  },
});

export default define.page<typeof handler>(function PlaygroundPage({ data, state }) {
  const { from, engine, limits, corpora } = data;
  const author = state.caller?.account?.name;
  const presets = offeredPresets(engine, author);
  return (
    <>
      <Head>
        <title>Playground · Tinyproof</title>
      </Head>
      <h1>Playground</h1>
      <p class="lead">
        Train a real model in this tab, watch it learn, test it and put it on the board. Same
        engine, same recipe, same bits as everywhere: what you train here is proven like anything
        else.
      </p>
      <PlaygroundNav current="train" entry={from?.entry} />
      {from && <RecipeOf {...from} />}
      <NeedsScripts />
      <TrainInTab
        engine={engine}
        limits={limits}
        from={from}
        presets={presets}
        plan={data.plan ?? planOf(presets[0].recipe, limits)}
        probes={probes()}
        fields={recipeFieldGroups()}
        sources={offeredSources(corpora)}
        tokenizers={offeredTokenizers()}
        benchmarks={OFFERED_BENCHMARKS}
        guest={author === undefined}
      />
      <p class="muted small">
        Graphics processors (WebGPU) are not used: their drivers round as they like, so a model
        trained there could not be proven by anybody. <a href="/docs/playground">How it works</a>
      </p>
      <Glossary />
    </>
  );
});

/** Whose recipe the form begins with. */
function RecipeOf({ entry, name }: { entry: string; name: string }) {
  return (
    <p class="note">
      The recipe below is that of{" "}
      <a href={`/models/${entry}`}>{name}</a>. As it stands it gives that model again, bit for bit;
      change the seed or anything else for one of your own.
    </p>
  );
}

function NeedsScripts() {
  return (
    <noscript>
      <p class="note warn">
        Training in the tab needs JavaScript. The command line does the same without:{" "}
        <code>deno task cli train</code>, as <a href="/docs/recipe">the page of recipes</a> says.
      </p>
    </noscript>
  );
}
