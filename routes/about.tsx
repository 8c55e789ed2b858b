import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { StateLegend } from "../components/StateBadge.tsx";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";

export default define.page(function AboutPage() {
  return (
    <>
      <Head>
        <title>How it works · Tinyproof</title>
      </Head>
      <h1>How it works</h1>
      <p class="lead">
        Most leaderboards ask you to believe a number. Here you can compute it again, and get the
        same number to the last bit.
      </p>
      <div class="prose">
        <WhatReplayShows />
        <WhatReplayDoesNotShow />
        <h2>From a recipe to a rank</h2>
        <p>
          Training writes a <code>.tinygpt</code>{" "}
          file. Its header carries the recipe and a hash of every checkpoint.
        </p>
        <pre tabIndex={0}>{`deno task cli train --recipe my.json --out my.tinygpt
deno task cli score my.tinygpt
deno task cli verify my.tinygpt`}</pre>
        <p>
          <a href="/submit">Send the file</a>{" "}
          with a name. It is read by a process with no rights beyond its own folder, scored on every
          benchmark it can take, and ranked. The recipes of leading entries are then replayed.
          Models without a recipe are welcome: their score is as exact as any other, and their state
          of proof says “external”.
        </p>
        <p>
          On the page of a model you can score it in your own browser: the same engine, the same
          data, the same bits.
        </p>
      </div>
      <section id="states">
        <h2>States of proof</h2>
        <StateLegend />
      </section>
      <section id="benchmarks">
        <h2>Benchmarks</h2>
        <dl class="facts">
          {RANKED_BENCHMARKS.map(({ id, name, description, version }) => [
            <dt key={id}>
              <a href={`/leaderboard/${id}`}>{name}</a> v{version}
            </dt>,
            <dd key={`${id}-text`}>{description}</dd>,
          ])}
        </dl>
      </section>
      <section id="api">
        <h2>As JSON</h2>
        <p>
          Everything the pages show can be read by programs too: <a href="/api">the API</a>.
        </p>
      </section>
    </>
  );
});

function WhatReplayShows() {
  return (
    <>
      <h2>What a replay shows</h2>
      <p>
        A recipe names everything a training run depends on: the shape of the model, the data and
        its order, the optimizer, the seed, and the engine, by its hash. The engine is written so
        that rounding happens in one fixed order. One thread or eight, a laptop or a phone: the
        weights come out identical.
      </p>
      <p>
        So checking an entry is simple, if not cheap. We run its recipe from the first step and
        compare each checkpoint on the way. If all of them agree, and the finished weights, and the
        scores, then this recipe gives these bits and this score. If not, we can say at which step
        the file parts from its recipe.
      </p>
    </>
  );
}

function WhatReplayDoesNotShow() {
  return (
    <>
      <h2>What it does not show</h2>
      <ul>
        <li>
          That the data is honest. A recipe can be repeated whatever it was fed; corpora are
          registered and compared with the benchmarks for that reason.
        </li>
        <li>
          How many seeds were tried. Somebody may train a hundred times and send the luckiest run; a
          replay of that run agrees all the same.
        </li>
        <li>
          How long it took. Training time is what the author says, and is marked so. The boards show
          training FLOPs, which follow from the recipe.
        </li>
        <li>Who trained it. A name here is a name, not an identity.</li>
      </ul>
    </>
  );
}
