// The chapters of the page that explains how scores, proofs and ranks come about.

import type { ProvenanceState } from "../lib/storage/entry_schema.ts";
import { StateBadge } from "./StateBadge.tsx";
import { STATES } from "./states.ts";
import { TableBox } from "./TableBox.tsx";

export function WhatReplayShows() {
  return (
    <>
      <h2 id="proves">What a replay proves</h2>
      <p>
        Exact replay proves the{" "}
        <strong>computation</strong>: this recipe gives these bits and this score. A recipe names
        everything a training run depends on: the shape of the model, the data and its order, the
        optimizer, the seed, and the engine, by its hash. The engine is written so that rounding
        happens in one fixed order. One thread or eight, a laptop or a phone: the weights come out
        identical.
      </p>
      <p>
        So checking an entry is simple, if not cheap. We run its recipe from the first step and
        compare each checkpoint on the way. If all of them agree, and the finished weights, and the
        scores, the entry is exact. If not, we can say at which step the file parts from its recipe.
        {" "}
        <a href="/docs/provenance">Recipes, chains and verdicts in full</a>;{" "}
        <a href="/docs/exactness">the arithmetic</a>.
      </p>
      <h3 id="spot-checks">Runs that are too long</h3>
      <p>
        A run over our budget is spot-checked where its author has kept its states. A nonce drawn
        after the file was submitted picks some of its segments; the author sends the states they
        begin in, and we replay those segments. That makes it{" "}
        <strong>sampled</strong>, which is no proof: with 10 of 100 segments one false segment is
        found with a chance of 10 %, ten false ones with 67 %, and half of them all but surely. The
        report says which were drawn and how likely a false run was found.{" "}
        <a href="/docs/provenance#spot-checks">How it is drawn</a>.
      </p>
    </>
  );
}

export function WhatReplayDoesNotShow() {
  return (
    <>
      <h2 id="does-not-prove">What it does not prove</h2>
      <ul>
        <li>
          <strong>That the data is honest.</strong>{" "}
          A recipe can be repeated whatever it was fed. Corpora are registered or uploaded, and each
          is <a href="/docs/contamination">searched for the texts of every benchmark</a>.
        </li>
        <li>
          <strong>That a task was understood.</strong>{" "}
          Public trials can be learned by heart. Generated tasks have{" "}
          <a href="/twins">sealed twins</a> that nobody can have seen.
        </li>
        <li>
          <strong>How many seeds were tried.</strong>{" "}
          Somebody may train a hundred times and send the luckiest run; a replay of that run agrees
          all the same. A seed drawn by a <a href="/docs/provenance#tickets">ticket</a>{" "}
          is one that nobody could choose, and its report says how many were drawn.
        </li>
        <li>
          <strong>How long it took.</strong>{" "}
          Training time is what the author says, and is marked so. Boards show training FLOPs, which
          {" "}
          <a href="/docs/flops">follow from the recipe</a>.
        </li>
        <li>
          <strong>Who trained it.</strong> A name here is a name, not an identity.
        </li>
      </ul>
    </>
  );
}

/** What each verdict does to the rank. */
const RANKS: Record<ProvenanceState | "error", string> = {
  exact: "ranked",
  pending: "ranked",
  sampled: "ranked",
  external: "ranked",
  "not-reproducible": "ranked",
  "engine-divergent": "ranked",
  mismatch: "no rank",
  rejected: "no rank, on no board",
  error: "as before",
};

export function VerdictTable() {
  return (
    <TableBox label="Verdicts and states of proof">
      <table class="stack verdicts">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">What it means</th>
            <th scope="col">Rank</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(STATES).map(([state, { meaning }]) => (
            <tr key={state}>
              <th scope="row">
                <StateBadge state={state} />
              </th>
              <td class="said">{meaning}</td>
              <td data-label="Rank">{RANKS[state as keyof typeof RANKS]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

export function RankingRules() {
  return (
    <>
      <h2 id="ranking">How ranks are made</h2>
      <ul>
        <li>
          Every score is computed by this server, with the same program for everyone. A score that
          somebody reports is not looked at.
        </li>
        <li>
          Ranks go by the exact score. Equal scores share a rank; among them the smaller model
          stands first, then the earlier one.
        </li>
        <li>
          No rank for a mismatch, for a model that fails a probe (its probabilities do not sum to
          one, it looks ahead, it does not repeat itself), for trials learned by heart, and, on the
          benchmark concerned, for data that holds its texts. The reason stands beside the entry.
        </li>
        <li>
          One training, one rank: the first submitted holds it. Copies in other packings are linked
          to it once they are proven.
        </li>
        <li>
          A benchmark that changes becomes a new version, and its board begins anew. Scores of two
          versions never meet; those of an old one stay on the pages of the models.
        </li>
        <li>
          Chance and n-gram models stand among the rows as baselines, without a rank. No opinion of
          a person or of another model moves a rank.
        </li>
      </ul>
    </>
  );
}

export function StatisticsInShort() {
  return (
    <>
      <h2 id="statistics">How sure a score is</h2>
      <p>
        Beside each score stands a 95 % interval: how much it depends on which examples happen to be
        in the benchmark. Two models meet the same examples, so they are compared example by
        example, by a paired bootstrap for perplexities and McNemar's exact test for accuracies. A
        group of models that cannot be told apart from its best one is a tie and has a bar beside
        its ranks. <a href="/compare">Compare any models</a>;{" "}
        <a href="/docs/statistics">every formula</a>.
      </p>
      <h3 id="efficiency">Score for its cost</h3>
      <p>
        Score per parameter is the gain divided by millions of parameters, score per FLOP the gain
        divided by 10<sup>12</sup>{" "}
        training FLOPs. The gain is the score itself where it is a percentage. Of a perplexity it is
        the bits saved a byte, 8 − log<sub>2</sub>{" "}
        perplexity: guessing gains 0. These figures favour the small, so they give no rank;{" "}
        <a href="/docs/statistics#score-for-its-cost">more of them</a>.
      </p>
    </>
  );
}

export function CheckItYourself() {
  return (
    <>
      <h2 id="check">Check a row yourself</h2>
      <ol>
        <li>
          <strong>In your browser.</strong>{" "}
          Open a model and press “Score it in this tab”: the same engine, the same data, and the
          same 64 bits, or you have found a fault. “Train it again in this tab” replays its recipe.
        </li>
        <li>
          <strong>On your machine.</strong>{" "}
          Download its file and run, in a checkout of this project:
          <pre tabIndex={0}>{`npx -y deno@2.9 task cli score model.tinygpt
npx -y deno@2.9 task cli verify model.tinygpt`}</pre>
          The second trains it again from its recipe and compares every checkpoint.
        </li>
        <li>
          <strong>In the records.</strong> Each <a href="/audit">report</a> is signed by{" "}
          <a href="/keys">a published key</a> and can be checked without this server;{" "}
          <a href="/ledger">the ledger</a>{" "}
          chains every event to the one before, so that nothing is taken back unseen.{" "}
          <a href="/security/attacks">What became of every cheat we know</a>.
        </li>
      </ol>
    </>
  );
}
