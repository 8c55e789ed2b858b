import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { type Dump, makeDump } from "../../lib/dump/dump.ts";
import { applicationSource, serverSource } from "../../lib/dump/source.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { READ_LIMIT } from "../../lib/http/rate_limit.ts";
import { appendEvent } from "../../lib/storage/ledger.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { testBackends } from "../support/databases.ts";
import { addEntry, addScore } from "../support/entries.ts";
import { brokenLinks, filesBelow, readManifest, wrongHashes } from "./copy.ts";

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
  for (let i = 0; i < MORE_EVENTS; i++) {
    await db.transaction().execute((trx) => appendEvent(trx, "note", { i }, new Date(i)));
  }
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
        if (!/^leaderboard\/[^/]+\/([^/]*=[^/]*\/)?index\.html$/.test(file)) continue;
        const links = (await text(file)).matchAll(/href="[./]+models\/(more-\d+)\/index\.html"/g);
        for (const [, id] of links) shown.add(id);
      }
      assert.equal(shown.size, MORE_MODELS);
      const lines = new Set<string>();
      for (const file of await filesBelow(copy, "ledger/")) {
        for (const [, seq] of (await text(file)).matchAll(/<td class="num"[^>]*>(\d+)<\/td>/g)) {
          lines.add(seq);
        }
      }
      const { ledger } = await readManifest(copy);
      assert.equal(lines.size, ledger.begun.seq);
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

describe("making a copy", () => {
  let app: TestApp;
  let dir: string;
  beforeAll(async () => {
    app = await openTestApp();
    dir = await Deno.makeTempDir({ prefix: "tinyproof-copy-" });
  });
  afterAll(async () => {
    await app.close();
    await Deno.remove(dir, { recursive: true });
  });

  it("over HTTP gives the pages that it gives in process", async () => {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.handler);
    const source = serverSource(new URL(`http://127.0.0.1:${server.addr.port}/`), () => {
      throw new Error("This copy is small enough for the limits of readers");
    });
    const now = () => new Date("2026-11-27T03:00:00Z");
    const ours = { origin: source.origin, get: applicationSource(app.handler, source.origin).get };
    await makeDump({ source, out: `${dir}/http`, now });
    await makeDump({ source: ours, out: `${dir}/process`, now });
    await server.shutdown();
    const [http, process] = await Promise.all(
      [`${dir}/http`, `${dir}/process`].map(async (copy) => (await readManifest(copy)).files),
    );
    assert.deepEqual(http.map(({ file }) => file), process.map(({ file }) => file));
    const differing = http.filter(({ sha256 }, i) => sha256 !== process[i].sha256);
    // What has a nonce or an age in it may differ from one moment to the next.
    assert.deepEqual(differing.filter(({ file }) => !file.endsWith(".html")), []);
  });

  it("holds the models and the corpora when they are wanted", async () => {
    const out = `${dir}/files`;
    await makeDump({ source: applicationSource(app.handler, ORIGIN), out, files: true });
    const { file_digest } = await app.services.db.selectFrom("entry").select("file_digest")
      .where("id", "=", "stories").executeTakeFirstOrThrow();
    const model = await Deno.readFile(`${out}/files/${file_digest}.tinygpt`);
    assert.equal(await sha256Hex(model), file_digest);
    assert.deepEqual(await brokenLinks(out), []);
    assert.deepEqual(await wrongHashes(out), []);
    const page = await Deno.readTextFile(`${out}/models/stories/index.html`);
    assert.ok(page.includes(`href="../../files/${file_digest}.tinygpt" download`));
    assert.ok(page.includes(`"../../files/${file_digest}.tinygpt"`), "the islands get it too");
  });

  it("writes whole addresses where it is told where the copy will be", async () => {
    const out = `${dir}/placed`;
    const url = new URL("https://archive.test/boards/tiny/");
    await makeDump({ source: applicationSource(app.handler, ORIGIN), out, url });
    const read = (file: string) => Deno.readTextFile(`${out}/${file}`);
    assert.match(
      await read("sitemap-1.xml"),
      /<loc>https:\/\/archive\.test\/boards\/tiny\/models\//,
    );
    assert.match(
      await read("sitemap.xml"),
      /<loc>https:\/\/archive\.test\/boards\/tiny\/sitemap-1/,
    );
    assert.match(
      await read("robots.txt"),
      /Sitemap: https:\/\/archive\.test\/boards\/tiny\/sitemap/,
    );
    const feed = await read("feeds/records.xml");
    assert.match(feed, /<link href="https:\/\/archive\.test\/boards\/tiny\/models\/stories\/index/);
    assert.match(feed, /<id>http:\/\/board\.test\/leaderboard/);
    const missing = await read("404.html");
    assert.match(missing, /href="\/boards\/tiny\/styles\.css"/);
    assert.match(missing, /Error 404/);
  });

  it("refuses a folder that holds something, and leaves it as it is", async () => {
    await Deno.mkdir(`${dir}/taken`);
    await Deno.writeTextFile(`${dir}/taken/mine.txt`, "mine");
    await assert.rejects(
      makeDump({ source: applicationSource(app.handler, ORIGIN), out: `${dir}/taken` }),
      (error: Error) => /is not empty/.test(error.message),
    );
    assert.equal(await Deno.readTextFile(`${dir}/taken/mine.txt`), "mine");
  });

  it("leaves nothing behind when it is stopped", async () => {
    const before = [...Deno.readDirSync(dir)].length;
    const stop = new AbortController();
    const made = makeDump({
      source: applicationSource(app.handler, ORIGIN),
      out: `${dir}/stopped`,
      signal: stop.signal,
      onProgress: ({ done }) => done > 20 && stop.abort(),
    });
    await assert.rejects(made, { name: "AbortError" });
    assert.equal([...Deno.readDirSync(dir)].length, before);
  });

  it("tells of what is linked and not answered, and leads readers to the note", async () => {
    const { get } = applicationSource(app.handler, ORIGIN);
    const source = {
      origin: ORIGIN,
      get: (address: string) =>
        address === "/models/stories"
          ? Promise.resolve(new Response("gone", { status: 500 }))
          : get(address),
    };
    const out = `${dir}/gap`;
    const { missing } = await makeDump({ source, out });
    assert.deepEqual(missing, [{ address: "/models/stories", status: 500 }]);
    assert.deepEqual((await readManifest(out)).missing, missing);
    assert.deepEqual(await brokenLinks(out), []);
  });

  it("is not held up by the limits of readers, and does not use theirs up", async () => {
    const source = applicationSource(app.handler, ORIGIN);
    for (let i = 0; i <= READ_LIMIT.points; i++) {
      const response = await source.get("/api/v1/openapi.json");
      await response.body?.cancel();
      assert.equal(response.status, 200);
    }
    const visitor = await app.request("/api/v1/twins", {}, "localhost");
    await visitor.body?.cancel();
    assert.equal(visitor.headers.get("ratelimit-remaining"), String(READ_LIMIT.points - 1));
  });
});
