import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { addManyEntries } from "../../bench/many_entries.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

const KIB = 1024;
const BOARDS = ["/leaderboard/tinystories-ppl", "/leaderboard/sort-6"];

describe("bytes of a board of a hundred rows", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp({ mode: "production" });
    await addManyEntries(app.services.db, 300);
  });
  afterAll(() => app.close());

  async function sent(path: string): Promise<{ bytes: number; text: string; scripts: string[] }> {
    const response = await app.request(path, { headers: { "accept-encoding": "gzip" } });
    assert.equal(response.status, 200, path);
    const body = new Uint8Array(await response.arrayBuffer());
    const plain = response.headers.get("content-encoding") === "gzip"
      ? new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip"))
      : body;
    const text = await new Response(plain).text();
    const linked = response.headers.get("link")?.matchAll(/<([^>]+)>; rel="modulepreload"/g) ?? [];
    const scripts = [...linked, ...text.matchAll(/<script[^>]* src="([^"]+)"/g)];
    return { bytes: body.length, text, scripts: [...new Set(scripts.map(([, src]) => src))] };
  }

  /** Of all scripts that a page loads, compressed each by itself. */
  async function scriptBytes(path: string): Promise<number> {
    let sum = 0;
    for (const script of (await sent(path)).scripts) {
      const response = await app.request(script);
      assert.equal(response.status, 200, script);
      sum += gzipSync(new Uint8Array(await response.arrayBuffer())).length;
    }
    return sum;
  }

  for (const path of BOARDS) {
    for (
      const query of [
        "",
        "?before=end",
        "?columns=parameters,score-per-parameter,flops," +
        "score-per-flop,time,proof,age,try",
      ]
    ) {
      it(`are at most 30 KiB of HTML, compressed, at ${path}${query}`, async () => {
        const { bytes, text } = await sent(path + query);
        assert.equal(text.match(/<tr[ >]/g)!.length > 100, true);
        assert.ok(bytes <= 30 * KIB, `${bytes} bytes`);
      });
    }

    it(`are at most 12 KiB of JavaScript, compressed, at ${path}`, async () => {
      const bytes = await scriptBytes(path);
      assert.ok(bytes <= 12 * KIB, `${bytes} bytes`);
    });
  }

  it("are at most 30 KiB on the overall board, too", async () => {
    const { bytes, text } = await sent("/leaderboard/overall");
    assert.ok(text.match(/<tr[ >]/g)!.length > 100);
    assert.ok(bytes <= 30 * KIB, `${bytes} bytes`);
    assert.ok(await scriptBytes("/leaderboard/overall") <= 12 * KIB);
  });

  it("are at most 40 KiB of JavaScript on the page of a model, and of a tab that is lent", async () => {
    for (const path of ["/models/bard", "/volunteer"]) {
      const bytes = await scriptBytes(path);
      assert.ok(bytes > 10 * KIB && bytes <= 40 * KIB, `${bytes} bytes at ${path}`);
    }
  });

  it("are counted where a page has scripts", async () => {
    assert.ok(await scriptBytes("/submit") > KIB);
  });
});
