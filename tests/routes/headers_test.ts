import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { utf8 } from "../../lib/bytes.ts";
import { loadEngineBinary } from "../../wasm/load.ts";
import { bundleBrowserWorkers } from "../../workers/bundle.ts";
import { openTestApp, type TestApp } from "./test_app.ts";

describe("headers", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await openTestApp();
  });
  afterAll(() => app.close());

  for (
    const path of ["/", "/nothing", "/api/v1/reports", "/styles.css", "/models/stories/recipe.json"]
  ) {
    it(`isolates and secures ${path}`, async () => {
      const response = await app.request(path);
      await response.body?.cancel();
      const { headers } = response;
      assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
      assert.equal(headers.get("cross-origin-embedder-policy"), "require-corp");
      assert.equal(headers.get("x-content-type-options"), "nosniff");
      assert.ok(headers.get("referrer-policy"));
      assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
    });
  }

  it("lets pages load from here alone, and compile nothing", async () => {
    const policyOf = async (path: string) => {
      const response = await app.request(path);
      await response.body?.cancel();
      return response.headers.get("content-security-policy")!;
    };
    for (const path of ["/", "/leaderboard/sort-6", "/models/stories", "/submit", "/nothing"]) {
      const policy = (await policyOf(path)).replace(/ 'nonce-\w+'/, "");
      assert.deepEqual(policy.split("; ").sort(), [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "media-src 'none'",
        "object-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "worker-src 'self'",
      ], path);
    }
    // Twice: as it is made, and as it is kept.
    assert.doesNotMatch(await policyOf("/leaderboard/sort-6"), /nonce|unsafe|https?:/);
  });

  it("lets only the workers of the engine compile WebAssembly", async () => {
    const root = new URL("../../", import.meta.url);
    // On a fresh checkout nothing may have built them yet.
    await Promise.all([loadEngineBinary(), bundleBrowserWorkers(root.pathname.replace(/\/$/, ""))]);
    const wasm: string[] = [];
    const build = [...Deno.readDirSync(new URL("static/build", root))]
      .map(({ name }) => `/build/${name}`).filter((path) => path.endsWith(".js"));
    const others = ["/styles.css", "/engine.wasm", "/api/v1/reports", "/models/stories/badge.svg"];
    for (const path of [...build, ...others, "/models/stories/recipe.json", "/feeds/records.xml"]) {
      const response = await app.request(path);
      assert.equal(response.status, 200, path);
      await response.body?.cancel();
      const policy = response.headers.get("content-security-policy")!;
      if (policy.includes("'wasm-unsafe-eval'")) wasm.push(path);
      else assert.match(policy, /^default-src 'none'; .*sandbox$/, path);
      assert.doesNotMatch(policy, /'unsafe-eval'|script-src 'unsafe-inline'/);
    }
    assert.ok(build.includes("/build/score_browser.js"));
    assert.deepEqual(wasm, build);
  });

  it("allows a page's own inline scripts by a nonce that is never used twice", async () => {
    const nonceOf = async () => {
      const response = await app.request("/models/stories");
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.equal(policy.includes("unsafe-inline"), false);
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
      assert.ok((await response.text()).includes(`nonce="${nonce}"`));
      return nonce;
    };
    assert.notEqual(await nonceOf(), await nonceOf());
  });

  it("sends model files to be kept for ever, as downloads, and answers 304 to who has them", async () => {
    const { file } = await (await app.request("/api/v1/models/stories")).json();
    const response = await app.request(file);
    assert.equal(response.status, 200);
    assert.equal(await response.text(), "file of stories");
    assert.match(response.headers.get("cache-control") ?? "", /immutable/);
    assert.match(response.headers.get("content-disposition") ?? "", /^attachment/);
    const etag = response.headers.get("etag")!;
    const again = await app.request(file, { headers: { "if-none-match": etag } });
    assert.equal(again.status, 304);
    assert.equal((await app.request("/files/..%2Fsecret.tinygpt")).status, 404);
    assert.equal((await app.request(`/files/${"0".repeat(64)}.tinygpt`)).status, 404);
    // What is kept and no model, such as the state of a run, is not given out here.
    const { digest } = await app.services.blobs.putBytes(utf8("a state"));
    assert.equal((await app.request(`/files/${digest}.tinygpt`)).status, 404);
  });

  it("serves the files benchmarks read, and no other file below data/", async () => {
    const { BENCHMARKS } = await import("../../lib/benchmarks/registry.ts");
    for (const { dataFile } of BENCHMARKS) {
      if (dataFile === null) continue;
      const response = await app.request(`/data/${dataFile}`);
      assert.equal(response.status, 200, dataFile);
      await response.body?.cancel();
    }
    assert.equal((await app.request("/data/README.md")).status, 404);
    assert.equal((await app.request("/data/..%2Fdeno.json")).status, 404);
  });
});
