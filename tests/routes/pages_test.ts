import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { EXAMPLE_RECIPE } from "./example_run.ts";
import { HOSTILE_BLURB, HOSTILE_NAME } from "./seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const PAGES = [
  "/",
  "/leaderboard/tinystories-ppl",
  "/leaderboard/sort-6",
  "/leaderboard/reverse-16",
  "/leaderboard/overall",
  "/leaderboard/overall?sort-6=0&reverse-16=2.5",
  "/models/stories",
  "/models/import",
  "/models/evil",
  "/models/broken",
  "/models/stories/scores/sort-6",
  "/models/stories/scores/tinystories-ppl?version=1&show=hardest",
  "/compare",
  "/compare?models=stories",
  "/compare?models=stories,bard,evil,import",
  "/compare?models=stories,broken",
  "/submit",
  "/submissions/broken",
  "/submissions/evil",
  "/audit",
  "/audit?verdict=mismatch",
  "/reports/report-exact",
  "/reports/report-cheat",
  "/ledger",
  "/twins",
  "/keys",
  "/security/attacks",
  "/models/parrot",
  "/playground/generate",
  "/playground/generate?entry=evil",
  "/playground/look",
  "/playground/look?entry=evil",
  "/about",
  "/api",
  "/static-copy",
];

describe("pages", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const html = async (path: string) => await (await app.request(path)).text();

  for (const path of PAGES) {
    it(`serves ${path} as a whole document with its landmarks`, async () => {
      const response = await app.request(path);
      const text = await response.text();
      assert.equal(response.status, 200, text.slice(0, 500));
      assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
      assert.match(text, /^<!DOCTYPE html>/i);
      assert.match(text, /<html lang="en">/);
      assert.equal(text.match(/<h1/g)?.length, 1, "one h1");
      assert.equal(text.match(/<title>/g)?.length, 1, "one title");
      assert.match(text, /<main id="main">/);
      assert.match(text, /<a class="skip" href="#main">/);
    });
  }

  it("writes a hostile name, author and blurb as text, wherever they are shown", async () => {
    const paths = [
      "/",
      "/leaderboard/tinystories-ppl",
      "/leaderboard/overall",
      "/models/evil",
      "/compare?models=evil,bard",
      "/submissions/evil",
      "/ledger",
    ];
    for (const path of paths) {
      const text = await html(path);
      assert.equal(text.includes("<img src=x"), false, path);
      assert.equal(text.includes("<b>mallory"), false, path);
      assert.equal(text.includes(HOSTILE_BLURB), false, path);
      assert.equal(text.includes("<script>alert"), false, path);
      assert.equal(text.includes("&lt;img src=x"), true, `${path} shows ${HOSTILE_NAME}`);
    }
  });

  it("ranks by score, shares nothing with mismatches and says why they have no rank", async () => {
    const text = await html("/leaderboard/tinystories-ppl");
    const [ranked, unranked] = text.split("Without a rank");
    assert.equal(ranked.includes("Too good to be true"), false);
    assert.ok(unranked.includes("Too good to be true"));
    assert.ok(unranked.includes("Its training does not reproduce."));
    assert.ok(unranked.includes("shorter than a story needs"));
    assert.ok(ranked.indexOf("Story teller") < ranked.indexOf("Pocket Shakespeare"));
  });

  it("labels training time as self-reported and the older benchmark as a comparison", async () => {
    assert.match(await html("/leaderboard/sort-6"), /Training time<\/a><small>self-reported/);
    assert.match(await html("/models/stories"), /v1<!---->?|, for comparison/);
  });

  it("shows the remark of an example, as text", async () => {
    const text = await html("/models/stories/scores/sort-6");
    assert.ok(text.includes("f(1) gave 2, &lt;b>wanted&lt;/b> 3"));
  });

  it("shows baselines at their place, without a rank, and leaves them out when told to", async () => {
    const text = await html("/leaderboard/tinystories-ppl");
    const places = ["Byte 7-gram", "Story teller", "Byte 6-gram", "Byte 1-gram", "Chance"]
      .map((name) => text.indexOf(name));
    assert.ok(!places.includes(-1));
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
    assert.match(text, /baseline, counted in tinystories-train-4m/);
    const without = await html("/leaderboard/tinystories-ppl?baselines=off");
    assert.equal(without.includes("Byte 7-gram"), false);
    assert.ok(without.includes(">show baselines<"));
    assert.equal((await app.request("/leaderboard/sort-6?baselines=maybe")).status, 422);
  });

  it("marks a tie in words and in numbers", async () => {
    const text = await html("/leaderboard/tinystories-ppl");
    assert.match(text, /<td class="rank tied tie-first">1<small>.*?, a tie, places<\/span> 1–/);
    assert.ok(text.includes("marks a tie"));
  });

  it("compares two models: who is better, by how much, on which evidence", async () => {
    const text = await html("/compare?models=sortsix,stories");
    assert.ok(text.includes("One of them has no score here."));
    assert.ok(text.includes("A tie"));
    assert.ok(text.includes("only B 0 times: p = 1.0 by McNemar"), text);
  });

  it("compares four models pair by pair, with what differs and how each learned", async () => {
    const text = await html("/compare?models=stories,bard,evil,import");
    const letters = [...text.matchAll(/<b class="letter c\d">(\w)<\/b> and <b[^>]*>(\w)</g)]
      .map(([, a, b]) => a + b);
    assert.deepEqual(letters.slice(0, 6), ["AB", "AC", "AD", "BC", "BD", "CD"]);
    assert.match(text, /<th scope="row">Parameters<\/th><td[^>]*>844\u202f032<.*612\u202f096/);
    assert.match(text, /<th scope="row">Recipe<\/th>.*<td[^>]*>none</);
    assert.equal(text.match(/<path class="line/g)?.length, 8, "four curves, four keys");
    assert.match(text, /<option value="import" selected/);
  });

  it("leads from forms and older links to the short address of a comparison", async () => {
    const leadsTo = async (query: string) => {
      const response = await app.request(`/compare?${query}`);
      assert.equal(response.status, 302, query);
      return response.headers.get("location");
    };
    assert.equal(await leadsTo("a=stories&b=bard"), "/compare?models=stories,bard");
    assert.equal(await leadsTo("a=stories"), "/compare?models=stories");
    assert.equal(await leadsTo("models=bard&models=stories"), "/compare?models=bard,stories");
    assert.equal(await leadsTo("models=bard&models=&models="), "/compare?models=bard");
    assert.equal(await leadsTo("models="), "/compare");
  });

  it("shows the first four where more were chosen, and refuses what is no model", async () => {
    const text = await html("/compare?models=stories,bard,evil,import,reverser");
    assert.match(text, /5<!---->?[^<]*models were chosen|5 models were chosen/);
    assert.equal(text.includes("Reverse-16, two layers</a>"), false);
    assert.equal((await app.request("/compare?models=stories,nobody")).status, 404);
    assert.equal((await app.request("/compare?models=stories,%3Cb%3E")).status, 422);
  });

  it("lets models of a board be chosen for comparison without a script", async () => {
    const text = await html("/leaderboard/sort-6");
    assert.match(text, /<form class="compare-form" action="\/compare"/);
    assert.match(
      text,
      /<input type="checkbox" name="models" value="sortsix" aria-label="Compare Sort/,
    );
  });

  it("leads from a score to its examples, right or wrong ones, page by page", async () => {
    assert.ok(
      (await html("/models/stories")).includes('href="/models/stories/scores/sort-6?version=1"'),
    );
    const rowsOf = async (query: string) => {
      const text = await html(`/models/stories/scores/sort-6?${query}`);
      return [...text.matchAll(/data-label="No">(\d+)</g)].map(([, number]) => Number(number));
    };
    assert.deepEqual(await rowsOf("show=right"), [1]);
    assert.deepEqual(await rowsOf("show=wrong"), [2]);
    const examples = Array.from({ length: 120 }, (_, index) => ({
      ...{ index, prompt: "p", expected: "e", output: "", value: index % 2, weight: 1 },
    }));
    await app.services.db.updateTable("score").set({ examples: JSON.stringify(examples) })
      .where("benchmark", "=", "sort-6").where("score", "=", 12.5).execute();
    const page = await html("/models/evil/scores/sort-6?show=wrong&page=2");
    assert.deepEqual([...page.matchAll(/data-label="No">(\d+)</g)].map(([, n]) => Number(n)), [
      ...[101, 103, 105, 107, 109, 111, 113, 115, 117, 119],
    ]);
    assert.match(page, /60<!----> of <!---->120|60 of 120/);
    assert.ok(
      page.includes('href="/models/evil/scores/sort-6?version=1&amp;show=wrong&amp;page=1"'),
    );
    assert.equal((await app.request("/models/evil/scores/sort-6?version=9")).status, 404);
    assert.equal((await app.request("/models/evil/scores/sort-6?show=best")).status, 422);
  });

  it("gives each state of proof a word and an icon", async () => {
    const text = await html("/leaderboard/tinystories-ppl");
    for (const word of ["exact", "pending", "external", "not reproducible"]) {
      assert.match(text, new RegExp(`<span class="state \\w+"><svg[^>]*>.*?</svg>${word}`));
    }
  });

  it("says what a model is made of, what it reads and when its training ends", async () => {
    const arch = {
      norm: "rmsnorm",
      positions: "learned",
      mlp: "swiglu",
      head: "tied",
      biases: false,
      kvHeads: 2,
    };
    const model = { ...EXAMPLE_RECIPE.model, arch };
    const dev = { generator: "sort-6", version: 1, params: {}, rows: 20 };
    const earlyStop = { dev, interval: 100, patience: 3, minDelta: 0 };
    await app.services.db.updateTable("entry")
      .set({
        config: JSON.stringify({ ...model, vocabSize: 1024 }),
        recipe: JSON.stringify({ ...EXAMPLE_RECIPE, model, earlyStop }),
      })
      .where("id", "=", "bard")
      .execute();
    const text = await html("/models/bard");
    assert.match(
      text,
      /<dd>RMS norm, learned positions, SwiGLU, tied head, no biases, 2 key-value/,
    );
    assert.match(text, /<dt>Vocabulary<\/dt><dd>1\u202f024 tokens</);
    assert.match(text, /<dd>at most 6\u202f000 of 16 × 128 tokens</);
    assert.match(text, /every 100 steps, ends after 3 in a row/);
  });

  it("explains a mismatch: the step, the checkpoints around it, the two heads", async () => {
    const text = await html("/reports/report-cheat");
    assert.ok(text.includes("the first difference stands at step 2500"));
    assert.match(text, /data-leaf-difference="5"/);
    assert.ok(text.includes("c".repeat(64)), "the hash that the replay computed");
    assert.ok(text.includes("≠ differs"));
    assert.ok(text.includes("not compared"));
    assert.ok(text.includes("d".repeat(64)));
    assert.match(text, /Checkpoint 5 of 12 .* the one before, of step 2.000, is the same/);
    assert.match(text, /They part at step 2.050 and are farthest apart at step 2.500, by 0.0400/);
  });

  it("draws the losses of file and replay over each other, and says that they are the same", async () => {
    const text = await html("/reports/report-exact");
    assert.match(text, /Claimed by the file/);
    assert.match(text, /All 120 values that both have are the same to the last bit/);
    assert.ok(!text.includes("Where they part"));
  });

  it("shows what the probes found, and ranks nothing that failed one", async () => {
    const text = await html("/models/oracle");
    assert.match(text, /data-probe="no-look-ahead" data-passed="false"/);
    assert.ok(text.includes("Other tokens after place 18"));
    assert.ok(text.includes("refused by a published rule"));
    assert.match(await html("/models/stories"), /data-probe="determinism" data-passed="true"/);
    assert.equal((await html("/models/sortsix")).includes("data-probe"), false);
    assert.equal((await html("/leaderboard/sort-6")).includes("Knows what comes"), false);
  });

  it("shows the gap to sealed twins, and why a model that memorised has no rank", async () => {
    const [ranked, unranked] = (await html("/leaderboard/sort-6")).split("Without a rank");
    assert.match(ranked, /twin gap<\/a> \+0\.5 \(−1\.5 to \+2\.8\)/);
    assert.equal(ranked.includes("Parrot"), false);
    assert.match(unranked, /Parrot.*Memorised trials: .*href="\/models\/parrot#twins"/s);
    assert.match(await html("/leaderboard/reverse-16"), /\+9\.6\), memorised trials\?/);
    assert.match(await html("/models/parrot"), /memorised trials<\/span> No rank/);
    assert.match(await html("/models/reverser"), /memorised trials\?<\/span> One honest/);
    assert.match(await html("/models/sortsix"), /No sign of memorised trials/);
  });

  it("publishes the seed of a past quarter, and the present one nowhere", async () => {
    const seeds = await app.services.db.selectFrom("twin_seed").selectAll().orderBy("period")
      .execute();
    const [past, present] = seeds;
    const text = await html("/twins");
    assert.ok(text.includes(past.seed) && text.includes(past.commitment));
    assert.ok(text.includes(present.commitment) && text.includes("sealed until"));
    const paths = [...PAGES, "/api/v1/twins", "/api/v1/ledger", "/api/v1/models/parrot"];
    for (const path of [...paths, "/api/v1/leaderboard/sort-6"]) {
      assert.equal((await html(path)).includes(present.seed), false, path);
    }
  });

  it("shows what editors have chosen, and where a first model is trained in the browser", async () => {
    const before = await html("/");
    assert.equal(before.includes("Chosen by the editors"), false);
    assert.match(before, /<a href="\/playground">in this browser<\/a>/);
    const feature = (featured: boolean) =>
      app.services.db.updateTable("entry").set({ featured }).where("id", "in", ["stories", "evil"])
        .execute();
    await feature(true);
    const [, shelf] = (await html("/")).split('id="featured"');
    const [cards] = shelf.split("Latest verdicts");
    assert.match(cards, /href="\/models\/stories#try"/);
    assert.ok(cards.includes("Story teller") && cards.includes("exact ×2"));
    assert.ok(cards.includes("&lt;b>mallory") && !cards.includes("<script"));
    await feature(false);
  });

  it("says what rank a score has: on the model's page, to its sender, to programs", async () => {
    const page = await html("/models/stories");
    assert.match(page, /data-label="Rank">1 of 7</);
    const status = await html("/submissions/stories");
    assert.match(status, />TinyStories perplexity<\/a> 2\.7513: 1st of 7</);
    const { scores } = await (await app.request("/api/v1/models/stories")).json();
    const ranks = scores.map(({ benchmark, version, rank, rankedModels }: {
      benchmark: string;
      version: number;
      rank: number | null;
      rankedModels: number | null;
    }) => `${benchmark} ${version}: ${rank} of ${rankedModels}`);
    assert.ok(ranks.includes("tinystories-ppl 2: 1 of 7"), ranks.join());
    assert.ok(ranks.includes("tinystories-ppl 1: null of null"), ranks.join());
    // Equal scores share a rank; a mismatch has none.
    assert.match(await html("/models/bard"), /data-label="Rank">3 of 7</);
    assert.doesNotMatch(await html("/models/cheat"), /data-label="Rank">\d/);
  });

  it("says of what was refused that it was, and not that a proof is still to come", async () => {
    const head = (await html("/models/broken")).split('aria-label="On this page"')[0];
    assert.ok(head.includes("not accepted"));
    assert.equal(head.includes("pending"), false);
    assert.equal((await html("/models/broken")).includes("No score yet"), false);
    const badge = await html("/models/broken/badge.svg");
    assert.ok(badge.includes("not accepted"));
    assert.equal(badge.includes("pending"), false);
  });

  it("shows no screens of white space where a model answered with nothing else", async () => {
    await app.services.db.updateTable("entry").set({
      samples: JSON.stringify([
        { prompt: "ROMEO:", text: "\n".repeat(300) },
        { prompt: "sort: 2 1 = ", text: "1 2\n\n\n" },
      ]),
    }).where("id", "=", "parrot").execute();
    const [, samples] = (await html("/models/parrot")).split('id="samples"');
    assert.match(samples, /<b>ROMEO:<\/b><i class="muted">nothing that can be seen<\/i>/);
    assert.match(samples, /<b>sort: 2 1 = <\/b>1 2<\/p>/);
  });

  it("tells why a submission failed, where, and what to do", async () => {
    const text = await html("/submissions/broken");
    assert.ok(text.includes("at the stage “reading file”"));
    assert.ok(text.includes("Expected 8448 weight bytes at offset 1204, got 8440"));
    assert.ok(text.includes("its end is missing"));
  });

  it("reloads a status page by itself where scripts are off, as long as work is going on", async () => {
    assert.equal((await html("/submissions/broken")).includes('http-equiv="refresh"'), false);
    await app.services.db.insertInto("job")
      .values({
        id: "job-evil",
        kind: "verify",
        entry_id: "evil",
        eta_ms: 61_000,
        state: "running",
      })
      .execute();
    const text = await html("/submissions/evil");
    assert.match(text, /<noscript><meta http-equiv="refresh"/);
    assert.ok(text.includes("about 1\u202fmin 1\u202fs left"));
  });

  it("shows the ledger as holding", async () => {
    assert.ok((await html("/ledger")).includes("The chain holds."));
  });

  it("ships no script where a page has no island", async () => {
    for (const path of ["/", "/leaderboard/sort-6", "/audit", "/reports/report-exact", "/about"]) {
      assert.equal((await html(path)).includes("<script"), false, path);
    }
    assert.ok((await html("/models/stories")).includes("<script"));
  });

  it("leads from /leaderboard to the first board", async () => {
    const response = await app.request("/leaderboard");
    assert.equal(response.status, 302);
    assert.equal(response.headers.get("location"), "/leaderboard/tinystories-ppl");
  });

  for (const path of ["/nothing", "/models/none", "/reports/none", "/submissions/none"]) {
    it(`answers 404 on ${path}, with a page that leads on`, async () => {
      const response = await app.request(path);
      assert.equal(response.status, 404);
      const text = await response.text();
      assert.match(text, /There is nothing at this address/);
      assert.match(text, /href="\/audit"/);
    });
  }

  it("names the boards there are when one is misspelt", async () => {
    const response = await app.request("/leaderboard/sort-7");
    assert.equal(response.status, 404);
    const ids = RANKED_BENCHMARKS.map(({ id }) => id).join(", ");
    assert.ok((await response.text()).includes(ids));
  });

  it("refuses a query that cannot be read, saying which parameter", async () => {
    const response = await app.request("/leaderboard/sort-6?after=zero");
    assert.equal(response.status, 422);
    assert.match(await response.text(), /the place of a row/);
    assert.equal((await app.request("/authors?page=zero")).status, 422);
    assert.equal((await app.request("/audit?verdict=splendid")).status, 422);
  });

  it("answers 405 with the methods a page has", async () => {
    const response = await app.request("/audit", { method: "DELETE" });
    assert.equal(response.status, 405);
    assert.match(response.headers.get("allow") ?? "", /GET/);
  });
});
