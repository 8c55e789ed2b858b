import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import {
  belongsToCopy,
  companions,
  fileOf,
  relativePath,
  targetOf,
  unlinkedAddresses,
} from "../../lib/dump/address.ts";

const ORIGIN = "http://board.test";

describe("the address of a link", () => {
  it("is the same however it is written", () => {
    const wanted = { address: "/models/x?page=2&version=1", hash: "#a" };
    for (
      const link of [
        "/models/x?version=1&page=2#a",
        `${ORIGIN}/models/x?page=2&version=1#a`,
        "x?page=2&version=1#a",
        "./x?__frsh_c=0123&page=2&version=1#a",
      ]
    ) assert.deepEqual(targetOf(link, "/models/y", ORIGIN), wanted, link);
  });

  it("is none for what is elsewhere", () => {
    for (
      const link of ["https://elsewhere.test/", "mailto:a@b.test", "data:,x", "http://[", "//x"]
    ) {
      assert.equal(targetOf(link, "/", ORIGIN), null, link);
    }
  });
});

describe("what belongs to a copy", () => {
  const belongs = (address: string, files = false) => belongsToCopy(address, { files });

  it("is every page, and every part of a series however it is numbered", () => {
    for (
      const address of [
        "/",
        "/leaderboard/sort-6",
        "/leaderboard/sort-6?page=3",
        "/leaderboard/sort-6?after=x1",
        "/api/v1/leaderboard/sort-6?after=x1&format=csv",
        "/ledger?before=901",
        "/audit?verdict=exact",
        "/models/x/scores/sort-6?version=1",
        "/models/x/badge.svg?benchmark=sort-6",
      ]
    ) assert.ok(belongs(address), address);
  });

  it("is no view that a reader put together, and no form", () => {
    for (
      const address of [
        "/leaderboard/sort-6?sort=flops",
        "/leaderboard/sort-6?page=2&q=tiny",
        "/compare?a=x",
        "/leaderboard/sort-6?before=end",
        "/compare",
        "/submit",
        "/submissions/x",
        "/corpora/new",
        "/account/sign-in",
        "/api/v1/account",
        "/api/v1/submissions/x/events",
        "/models/x/scores/sort-6?show=wrong&version=1",
      ]
    ) assert.ok(!belongs(address), address);
  });

  it("is a model or a corpus only where these are wanted", () => {
    for (const address of ["/files/ab.tinygpt", "/corpora/x/text", "/data/benchmarks/a.json"]) {
      assert.ok(!belongs(address), address);
      assert.ok(belongs(address, true), address);
    }
    assert.ok(belongs("/corpora/x"));
  });
});

describe("what no page leads to", () => {
  it("is the lists of the API, and what it says of a page", () => {
    assert.ok(unlinkedAddresses().includes("/api/v1/twins"));
    assert.ok(unlinkedAddresses().includes("/api/v1/openapi.json"));
    assert.deepEqual(companions("/models/x"), ["/api/v1/models/x", "/models/x/badge.svg"]);
    assert.deepEqual(companions("/corpora/x"), ["/api/v1/corpora/x"]);
    assert.deepEqual(companions("/models/x/scores/sort-6?version=1"), [
      "/api/v1/models/x/scores/sort-6?version=1",
    ]);
  });

  it("is nothing beside a page that has no like in the API, or goes on with a list", () => {
    assert.deepEqual(companions("/about"), []);
    assert.deepEqual(companions("/ledger?before=901"), []);
  });
});

describe("the file of an answer", () => {
  const cases: [string, Parameters<typeof fileOf>[1], string][] = [
    ["/", "page", "index.html"],
    ["/models/x", "page", "models/x/index.html"],
    ["/leaderboard/sort-6?page=2", "page", "leaderboard/sort-6/page=2/index.html"],
    ["/api/v1/models/x", "json", "api/v1/models/x.json"],
    ["/models/x/recipe.json", "json", "models/x/recipe.json"],
    ["/api/v1/l/s?format=csv&page=2", "csv", "api/v1/l/s/page=2.csv"],
    ["/feeds/records.xml", "feed", "feeds/records.xml"],
    ["/_fresh/js/chunk-A.b.js", "script", "_fresh/js/chunk-A.b.js"],
    ["/corpora/x/text", "file", "corpora/x/text"],
    ["/engine.wasm", "file", "engine.wasm"],
  ];
  for (const [address, kind, file] of cases) {
    it(`of ${address} is ${file}`, () => assert.equal(fileOf(address, kind), file));
  }

  it("never has a name that a file system, a host or a shell takes for something else", () => {
    const names = [
      "..",
      ".",
      "a b",
      "m. noor",
      "<b>mallory</b>",
      "x".repeat(300),
      "日本",
      "a%b",
      "?",
    ];
    const files = names.map((name) => fileOf(`/authors/${encodeURIComponent(name)}`, "page"));
    for (const file of files) {
      assert.match(file, /^(authors\/)?([\w~-]{1,80}\/)?index\.html$/);
    }
    assert.match(files[3], /^authors\/m-noor~/);
    assert.match(
      fileOf(`/leaderboard/x?after=${encodeURIComponent("../../etc")}`, "page"),
      /^leaderboard\/x\/after-etc~[0-9a-f]{12}\/index\.html$/,
    );
  });

  it("is a folder's page even where a name looks like a file", () => {
    assert.match(fileOf("/authors/index.html", "page"), /^authors\/index-html~/);
  });
});

describe("the way from one file to another", () => {
  it("goes up and down", () => {
    assert.equal(relativePath("index.html", "about/index.html"), "./about/index.html");
    assert.equal(relativePath("models/x/index.html", "models/y/index.html"), "../y/index.html");
    assert.equal(relativePath("models/x/index.html", "index.html"), "../../index.html");
    assert.equal(relativePath("a/b=1/index.html", "a/index.html"), "../index.html");
    assert.equal(relativePath("a/index.html", "a/index.html"), "./index.html");
  });
});
