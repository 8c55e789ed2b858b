import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { below, parseXml } from "../support/xml.ts";
import { HOSTILE_NAME } from "./seed.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const ATOM = "http://www.w3.org/2005/Atom";
/** What somebody could call a model to break a feed. */
const SPOILERS = ["]]>", "<![CDATA[", "&bogus;", "\uFFFE", "😀 \u200d", `"'<>&`];

describe("what leads to the board from elsewhere", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  const html = async (path: string) => await (await app.request(path)).text();
  const unescaped = (text: string) =>
    text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">")
      .replaceAll("&#39;", "'").replaceAll("&amp;", "&");
  function meta(text: string): Record<string, string> {
    const found = text.matchAll(/<meta (?:property|name)="([^"]+)" content="([^"]*)"/g);
    return Object.fromEntries([...found].map(([, name, value]) => [name, unescaped(value)]));
  }

  for (
    const [path, picture] of [
      ["/", "/og.png"],
      ["/models/stories", "/models/stories/og.png"],
      ["/leaderboard/sort-6", "/leaderboard/sort-6/og.png"],
      ["/leaderboard/sort-6/pareto", "/leaderboard/sort-6/og.png"],
      ["/leaderboard/sort-6/records", "/leaderboard/sort-6/og.png"],
    ]
  ) {
    it(`is told by ${path} with a title, an address and a picture that is there`, async () => {
      const text = await html(path);
      const said = meta(text);
      assert.equal(said["og:image"], `http://board.test${picture}`);
      assert.equal(said["og:url"], `http://board.test${path}`);
      assert.ok(text.includes(`<link rel="canonical" href="http://board.test${path}"`));
      assert.equal(said["twitter:card"], "summary_large_image");
      assert.ok(said["og:title"] && said["og:description"] && said["og:image:alt"]);
      assert.equal(text.match(/name="description"/g)?.length, 1);
      const response = await app.request(picture);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "image/png");
      assert.equal(response.headers.get("cross-origin-resource-policy"), "cross-origin");
      const png = new Uint8Array(await response.arrayBuffer());
      const view = new DataView(png.buffer);
      assert.deepEqual([view.getUint32(16), view.getUint32(20)], [1200, 630]);
      const [width, height] = [said["og:image:width"], said["og:image:height"]];
      assert.deepEqual([width, height], ["1200", "630"]);
      const etag = response.headers.get("etag")!;
      const again = await app.request(picture, { headers: { "if-none-match": etag } });
      assert.equal(again.status, 304);
    });
  }

  it("draws another picture when what it shows has changed", async () => {
    const etag = async () => {
      const response = await app.request("/models/reverser/og.png");
      await response.body?.cancel();
      return response.headers.get("etag");
    };
    const before = await etag();
    assert.equal(await etag(), before);
    await app.services.db.updateTable("entry").set({ exact_count: 3 }).where("id", "=", "reverser")
      .execute();
    assert.notEqual(await etag(), before);
  });

  it("has no picture of what is not there", async () => {
    for (const path of ["/models/none/og.png", "/leaderboard/sort-7/og.png"]) {
      const response = await app.request(path);
      assert.equal(response.status, 404, path);
      await response.body?.cancel();
    }
  });

  it("escapes a hostile name in the text of a badge to paste", async () => {
    const text = await html("/models/evil");
    const [, markdown] = text.match(/<pre id="badge-markdown"[^>]*>(.*?)<\/pre>/s)!;
    const pasted = unescaped(markdown);
    assert.ok(pasted.startsWith(String.raw`[![\<img src\=x onerror\=\"alert\(1\)\"\>`), pasted);
    assert.ok(pasted.endsWith(
      "](http://board.test/models/evil/badge.svg)](http://board.test/models/evil)",
    ));
    const [, code] = text.match(/<pre id="badge-html"[^>]*>(.*?)<\/pre>/s)!;
    const link = parseXml(unescaped(code).replace(/">/, '">').replace(/"><\/a>$/, '"/></a>'));
    assert.equal(link.attributes.href, "http://board.test/models/evil");
    const [image] = link.children;
    assert.equal(image.attributes.alt, `${HOSTILE_NAME} on Tinyproof`);
  });

  it("gives the commands that train a model again, with the texts that others uploaded", async () => {
    const commands = async (id: string) =>
      unescaped(
        (await html(`/models/${id}`)).match(/<pre id="train-commands"[^>]*>(.*?)<\/pre>/s)![1],
      );
    const usual = await commands("stories");
    assert.match(
      usual,
      /^curl -o recipe\.json http:\/\/board\.test\/models\/stories\/recipe\.json\n/,
    );
    assert.match(
      usual,
      /\nnpx -y deno@2\.9 task cli train --recipe recipe\.json --out mine\.tinygpt\n/,
    );
    const corpus = "c0".repeat(32);
    const { recipe } = await app.services.db.selectFrom("entry").select("recipe")
      .where("id", "=", "lost").executeTakeFirstOrThrow();
    const data = [{ corpus, sha256: corpus, weight: 1 }];
    await app.services.db.updateTable("entry")
      .set({ recipe: JSON.stringify({ ...recipe as object, data }) }).where("id", "=", "lost")
      .execute();
    const uploaded = await commands("lost");
    assert.ok(uploaded.includes(`http://board.test/corpora/${corpus}/text`), uploaded);
    assert.match(uploaded, /train .* --corpus-file texts\n/);
    assert.equal((await html("/models/import")).includes("train-commands"), false);
  });

  it("shows what a model was forked from, its versions and its forks", async () => {
    const tree = (text: string) => text.slice(text.indexOf('<section id="family"'));
    const bard = tree(await html("/models/bard"));
    assert.match(
      bard,
      /href="\/models\/stories".*aria-current="true">Pocket Shake.*"\/models\/evil"/s,
    );
    const oracle = tree(await html("/models/oracle"));
    assert.match(
      oracle,
      /aria-current="true">Knows what.*version .*2.*"\/models\/cheat".*version/s,
    );
    assert.equal((await html("/models/import")).includes('<section id="family"'), false);
  });

  for (const name of ["records", "verdicts"]) {
    it(`feeds ${name} as Atom that a strict parser reads, whatever models are called`, async () => {
      for (const spoiler of SPOILERS) {
        await app.services.db.updateTable("entry").set({ name: spoiler, author: spoiler })
          .where("id", "in", ["stories", "cheat"]).execute();
        const feed = parseXml(await html(`/feeds/${name}.xml`));
        assert.equal(feed.name, "feed");
        assert.equal(feed.uri, ATOM);
        const entries = below(feed, "entry");
        assert.ok(entries.length >= 2);
        const ids = [feed, ...entries].map((element) =>
          element.children.find((child) => child.name === "id")!.text
        );
        assert.equal(new Set(ids).size, ids.length, "ids are unique");
        for (const element of [feed, ...entries]) {
          const times = element.children.filter((child) => child.name === "updated");
          assert.equal(times.length, 1);
          assert.match(times[0].text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
          const titles = element.children.filter((child) => child.name === "title");
          assert.equal(titles.length, 1);
        }
        // Titles are HTML that says the name and nothing else.
        const titles = entries.map((entry) => below(entry, "title")[0].text);
        const shown = spoiler.replace("\uFFFE", "");
        const said = titles.map((title) => {
          assert.doesNotMatch(title, /<|&(?!(amp|lt|gt);)/, title);
          return unescaped(title);
        });
        assert.ok(said.some((title) => title.startsWith(shown)), said.join("\n"));
      }
    });
  }
});
