import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { makeDump } from "../../lib/dump/dump.ts";
import { applicationSource, serverSource } from "../../lib/dump/source.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { READ_LIMIT } from "../../lib/http/rate_limit.ts";
import { openTestApp, type TestApp } from "../routes/test_app.ts";
import { brokenLinks, readManifest, wrongHashes } from "../dump/copy.ts";

const ORIGIN = "http://board.test";

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
    await Deno.mkdir(out);
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
