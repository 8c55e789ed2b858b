import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { type Dump, makeDump } from "../../lib/dump/dump.ts";
import { applicationSource } from "../../lib/dump/source.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { appendEvent } from "../../lib/storage/ledger.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { testBackends } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { brokenLinks, filesBelow, readManifest, wrongHashes } from "../dump/copy.ts";

const ORIGIN = "http://board.test";
/** More than one page of everything that has pages. */
const MORE_MODELS = 110;
const MORE_EVENTS = 620;

async function fillPages({ services: { db } }: TestApp): Promise<void> {
  for (let i = 0; i < MORE_MODELS; i++) {
    const entry = await addEntry(db, { id: `more-${i}`, author: `Author ${i}` });
    const [{ id, version }] = RANKED_BENCHMARKS;
    await addScore(db, entry, id, 5 + i / 100, { version });
  }
  await db.transaction().execute(async (trx) => {
    for (let i = 0; i < MORE_EVENTS; i++) await appendEvent(trx, "note", { i }, new Date(i));
  });
}

for (const backend of testBackends()) {
  describe(`a copy of a board on ${backend.name}`, () => {
    let app: TestApp;
    let dir: string;
    let copy: string;
    let dump: Dump;

    beforeAll(async () => {
      app = await openTestApp({}, backend);
      await fillPages(app);
      dir = await Deno.makeTempDir({ prefix: "tinyproof-copy-" });
      copy = `${dir}/copy`;
      dump = await makeDump({ source: applicationSource(app.handler, ORIGIN), out: copy });
    });
    afterAll(async () => {
      await app.close();
      await backend.close();
      await Deno.remove(dir, { recursive: true });
    });

    const text = (file: string) => Deno.readTextFile(`${copy}/${file}`);
    const addresses = async () =>
      new Set((await readManifest(copy)).files.map(({ address }) => address));

    it("has no link that leads nowhere, and none that begins at the root of a host", async () => {
      assert.deepEqual(dump.missing, []);
      assert.deepEqual(await brokenLinks(copy), []);
    });

    it("is known by its manifest: every file with its hash, and nothing else beside it", async () => {
      assert.deepEqual(await wrongHashes(copy), []);
      const manifest = await readManifest(copy);
      assert.equal(manifest.files.length, dump.files);
      assert.equal(manifest.pages, dump.pages);
      assert.equal(
        dump.manifestDigest,
        await sha256Hex(await Deno.readFile(`${copy}/manifest.json`)),
      );
      assert.equal(manifest.engine, await sha256Hex(await Deno.readFile(`${copy}/engine.wasm`)));
      assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["copy"]);
    });

    it("names the state of the board that it shows", async () => {
      const { ledger } = await readManifest(copy);
      const { events: [last] } = await (await app.request("/api/v1/ledger")).json();
      assert.deepEqual(ledger.begun, { seq: last.seq, hash: last.hash });
      assert.deepEqual(ledger.ended, ledger.begun);
    });

    it("holds every model, score, report, author, corpus and picture", async () => {
      const held = await addresses();
      const { db } = app.services;
      // What was withdrawn has left a tombstone here, and nothing in a copy.
      const entries = await db.selectFrom("entry").select(["id", "author"])
        .where("status", "<>", "withdrawn").execute();
      for (const { id, author } of entries) {
        assert.ok(held.has(`/models/${id}`), id);
        assert.ok(held.has(`/api/v1/models/${id}`), id);
        assert.ok(held.has(`/models/${id}/badge.svg`), id);
        if (author !== "k.") assert.ok(held.has(`/authors/${encodeURIComponent(author)}`), author);
      }
      for (const { id } of await db.selectFrom("report").select("id").execute()) {
        assert.ok(held.has(`/reports/${id}`) && held.has(`/api/v1/reports/${id}`), id);
      }
      for (const { id } of RANKED_BENCHMARKS) {
        for (const view of ["", "/pareto", "/records"]) {
          assert.ok(held.has(`/leaderboard/${id}${view}`), id + view);
        }
      }
      for (
        const path of ["/twins", "/ledger", "/about", "/api", "/corpora", "/authors", "/audit"]
      ) {
        assert.ok(held.has(path), path);
      }
      assert.ok(held.has("/models/stories/scores/sort-6?version=1"));
      assert.ok(held.has("/api/v1/models/stories/scores/sort-6?version=1"));
      assert.ok(held.has("/feeds/records.xml") && held.has("/api/v1/openapi.json"));
    });

    it("has every page of a board, of the authors and of the ledger", async () => {
      const [first] = RANKED_BENCHMARKS;
      const shown = new Set<string>();
      for (const file of await filesBelow(copy, `leaderboard/${first.id}/`)) {
        if (!/^leaderboard\/[^/]+\/(after[^/]*\/)?index\.html$/.test(file)) continue;
        const links = (await text(file)).matchAll(/href="[./]+models\/(more-\d+)\/index\.html"/g);
        for (const [, id] of links) shown.add(id);
      }
      assert.equal(shown.size, MORE_MODELS);
      // Once only: the board would cut its pages another way from the end.
      const cut = (await filesBelow(copy, `leaderboard/${first.id}/`)).filter((file) =>
        file.includes("/before")
      );
      assert.deepEqual(cut, []);
      const lines = new Set<string>();
      for (const file of await filesBelow(copy, "ledger/")) {
        for (const [, seq] of (await text(file)).matchAll(/<td class="num"[^>]*>(\d+)<\/td>/g)) {
          lines.add(seq);
        }
      }
      const { ledger } = await readManifest(copy);
      assert.equal(lines.size, ledger.begun.seq);
    });

    it("leads through a board forwards, backwards, and to its ends", async () => {
      const [{ id }] = RANKED_BENCHMARKS;
      const first = `leaderboard/${id}/index.html`;
      const linkIn = async (file: string, words: string) => {
        const [, href] = new RegExp(`href="([^"]*)"[^>]*>${words}</a>`).exec(await text(file)) ??
          [];
        return href && new URL(href, `http://copy.test/${file}`).pathname.slice(1);
      };
      const second = await linkIn(first, "Next");
      assert.match(second!, new RegExp(`^leaderboard/${id}/after`));
      assert.equal(await linkIn(second!, "Previous"), first);
      assert.equal(await linkIn(second!, "First"), first);
      assert.equal(await linkIn(first, "Last"), second);
      assert.equal(await linkIn(second!, "Next"), undefined);
      const json = `api/v1/leaderboard/${id}.json`;
      const way = (from: string, to: string) =>
        new URL(to, `http://copy.test/${from}`).pathname.slice(1);
      const after = way(json, JSON.parse(await text(json)).next);
      const { next, previous } = JSON.parse(await text(after));
      assert.equal(next, null);
      assert.equal(way(after, previous), json);
    });

    it("has lists of the API that lead on from file to file", async () => {
      const part = z.object({
        events: z.array(z.object({ seq: z.int() })),
        next: z.string().nullable(),
      });
      const seqs: number[] = [];
      let file: string | null = "api/v1/ledger.json";
      while (file !== null) {
        const { events, next }: z.infer<typeof part> = part.parse(JSON.parse(await text(file)));
        seqs.push(...events.map(({ seq }) => seq));
        file = next && new URL(next, `http://copy.test/${file}`).pathname.slice(1);
      }
      const { ledger: { begun } } = await readManifest(copy);
      assert.deepEqual(seqs, Array.from({ length: begun.seq }, (_, i) => begun.seq - i));
    });

    it("answers in JSON what the board answers, byte for byte", async () => {
      for (const path of ["models/stories", "twins", "corpora", "leaderboard/sort-6", "openapi"]) {
        const address = path === "openapi" ? "/api/v1/openapi.json" : `/api/v1/${path}`;
        assert.equal(await text(`api/v1/${path}.json`), await (await app.request(address)).text());
      }
    });

    it("never holds a seed that is sealed", async () => {
      const { db } = app.services;
      const seeds = await db.selectFrom("twin_seed").select(["seed", "revealed_at"]).execute();
      const sealed = seeds.filter(({ revealed_at }) => revealed_at === null);
      const revealed = seeds.filter(({ revealed_at }) => revealed_at !== null);
      assert.ok(sealed.length > 0 && revealed.length > 0);
      let seen = false;
      for (const file of await filesBelow(copy)) {
        const content = new TextDecoder("latin1").decode(await Deno.readFile(`${copy}/${file}`));
        for (const { seed } of sealed) assert.ok(!content.includes(seed), file);
        seen ||= content.includes(revealed[0].seed);
      }
      assert.ok(seen, "the search finds a seed that is there");
    });

    it("holds nothing of where it was made", async () => {
      for (const file of await filesBelow(copy)) {
        const content = new TextDecoder("latin1").decode(await Deno.readFile(`${copy}/${file}`));
        assert.ok(!content.includes(app.services.config.dataDir), file);
      }
    });

    it("shows names of strangers as text", async () => {
      const page = await text("models/evil/index.html");
      assert.ok(page.includes("&lt;img src=x onerror="));
      assert.ok(!page.includes("<img src=x") && !page.includes("<script>alert"));
    });

    it("says what it is and what it lacks, on every page", async () => {
      const day = (await readManifest(copy)).madeAt.slice(0, 10);
      const { files } = await readManifest(copy);
      const pages = files.filter(({ file, address }) => file.endsWith("index.html") && address);
      for (const { file, address } of pages) {
        if (address === "/leaderboard") continue;
        assert.ok((await text(file)).includes(`A static copy of ${day}.`), file);
      }
      const board = await text("leaderboard/sort-6/index.html");
      assert.ok(!board.includes("<form"));
      assert.match(board, /<a [^>]*href="[./]+static-copy\/index\.html#live" [^>]*>Submit<\/a>/);
      assert.match(
        board,
        /<a href="[^"]*static-copy[^"]*#live" rel="nofollow" [^>]*data-needs-server/,
      );
      const model = await text("models/stories/index.html");
      assert.match(model, /<a class="button quiet" href="[^"]*static-copy\/index\.html#files"/);
    });

    it("keeps an address that led elsewhere as a page that leads on", async () => {
      const page = await text("leaderboard/index.html");
      assert.match(page, /content="0; url=\.\/tinystories-ppl\/index\.html"/);
    });
  });
}
