import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import {
  CheckItYourself,
  RankingRules,
  StatisticsInShort,
  VerdictTable,
  WhatReplayDoesNotShow,
  WhatReplayShows,
} from "../components/Methodology.tsx";
import { RANKED_BENCHMARKS } from "../lib/benchmarks/registry.ts";

export default define.page(function AboutPage() {
  return (
    <>
      <Head>
        <title>How it works · Tinyproof</title>
        <meta
          name="description"
          content="What exact replay proves and what it does not, how ranks are made, and how to check a row yourself."
        />
      </Head>
      <h1>How it works</h1>
      <p class="lead">
        Most leaderboards ask you to believe a number. Here you can compute it again, and get the
        same number to the last bit.
      </p>
      <div class="prose">
        <WhatReplayShows />
        <WhatReplayDoesNotShow />
      </div>
      <section id="states">
        <h2>Verdicts</h2>
        <VerdictTable />
      </section>
      <div class="prose">
        <RankingRules />
        <StatisticsInShort />
        <CheckItYourself />
        <FromRecipeToRank />
      </div>
      <Benchmarks />
      <section id="more">
        <h2>More to read</h2>
        <p class="prose">
          <a href="/docs">All documents</a>: contracts, formulae and measurements. Everything the
          pages show can be read by programs too:{" "}
          <a href="/api">the API</a>. And the whole board can be taken along as plain files:{" "}
          <a href="/static-copy">static copies</a>.
        </p>
      </section>
    </>
  );
});

function FromRecipeToRank() {
  return (
    <>
      <h2 id="submitting">From a recipe to a rank</h2>
      <p>
        Training writes a <code>.tinygpt</code> file. Its header carries{" "}
        <a href="/docs/recipe">the recipe</a> and a hash of every checkpoint.
      </p>
      <pre tabIndex={0}>{`npx -y deno@2.9 task cli train --recipe my.json --out my.tinygpt`}</pre>
      <p>
        <a href="/submit">Send the file</a>{" "}
        with a name. It is read by a process with no rights beyond its own folder, scored on every
        benchmark it can take, and ranked. The recipes of leading entries are then replayed. Models
        without a recipe are welcome: their score is as exact as any other, and their state of proof
        says “external”.
      </p>
    </>
  );
}

function Benchmarks() {
  return (
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
  );
}
