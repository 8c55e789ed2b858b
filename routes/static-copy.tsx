import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";

/** Shown by the server and, with the same words, by every copy: links to what it lacks lead here. */
export default define.page(function StaticCopyPage() {
  return (
    <>
      <Head>
        <title>Static copies · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/about">How it works</a>
      </p>
      <h1>Static copies</h1>
      <p class="lead">
        The whole board as plain files: it can be read, checked and kept without its server.
      </p>
      <WhatACopyHolds />
      <section id="places">
        <h2>Where things are</h2>
        <p class="prose">Addresses of the server, and the files of a copy:</p>
        <Places />
      </section>
      <CheckAndMake />
    </>
  );
});

function WhatACopyHolds() {
  return (
    <div class="prose">
      <p>
        A copy holds every page that a reader can reach, the feeds, the badges and what the API
        answers. It says at its top of which day it is; ages on its pages count from then.
      </p>
      <section id="live">
        <h2>What needs the live server</h2>
        <p>
          Accounts, submitting a model or a corpus, searching, filtering and sorting a board,
          comparing models, and following a submission while it is worked on. In a copy, links to
          these lead here.
        </p>
      </section>
      <section id="files">
        <h2>Models and corpora</h2>
        <p>
          The files of the models, the texts of the corpora and the data of the benchmarks can be
          left out of a copy, because they outweigh all the rest. With them the copy also tries,
          scores and trains models in your tab. Without them their SHA-256 is still on the pages.
        </p>
      </section>
    </div>
  );
}

const PLACES = [
  ["/models/ID", "models/ID/index.html"],
  ["/leaderboard/sort-6?page=2", "leaderboard/sort-6/page=2/index.html"],
  ["/api/v1/models/ID", "api/v1/models/ID.json"],
  ["/api/v1/leaderboard/sort-6?format=csv", "api/v1/leaderboard/sort-6.csv"],
  ["/models/ID/badge.svg", "models/ID/badge.svg"],
];

function Places() {
  return (
    <dl class="facts">
      {PLACES.map(([address, file]) => [
        <dt key={address}>
          <code>{address}</code>
        </dt>,
        <dd key={`${address} file`}>
          <code>{file}</code>
        </dd>,
      ])}
    </dl>
  );
}

function CheckAndMake() {
  return (
    <div class="prose">
      <section id="check">
        <h2>Check it</h2>
        <p>
          <code>manifest.json</code>{" "}
          lists every file with its SHA-256, the time, the digest of the engine and the end of the
          ledger before and after: where the two are the same, all pages show one state. Every hash
          can be repeated with{" "}
          <code>sha256sum</code>, the ledger by its own rule, and every score from the model's file.
        </p>
      </section>
      <section id="make">
        <h2>Make one</h2>
        <pre tabIndex={0}>{`deno task dump --out board-copy
deno task dump --out board-copy --from https://board.example`}</pre>
      </section>
    </div>
  );
}
