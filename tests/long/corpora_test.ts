// Corpora of users on the real server: upload, scan, train, prove; and what a leak costs.

import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sha256Hex } from "../../lib/hash.ts";
import { cliError, cliJson } from "../support/cli.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { tinyRecipe } from "../support/tiny_recipe.ts";

const DATA = new URL("../../data/", import.meta.url);
const PATIENCE_MS = 120_000;

describe("corpora of users, on the real server", () => {
  let dir: string;
  let server: TestServer;

  beforeAll(async () => {
    dir = await Deno.makeTempDir({ prefix: "tinyproof-corpora-" });
    server = await startServer(`${dir}/var`);
  });
  afterAll(async () => {
    await server?.stop();
    await Deno.remove(dir, { recursive: true });
  });

  // deno-lint-ignore no-explicit-any -- the API's answers
  async function api(path: string): Promise<any> {
    return await (await fetch(`${server.url}/api/v1/${path}`)).json();
  }

  /** Asks until the answer is ready. */
  // deno-lint-ignore no-explicit-any -- the API's answers
  async function when(path: string, ready: (answer: any) => boolean): Promise<any> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await api(path);
      if (ready(answer)) return answer;
      assert.ok(performance.now() < endMs, `${path}: ${JSON.stringify(answer).slice(0, 2000)}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** A text of its own, by name. */
  async function write(name: string, more = ""): Promise<string> {
    const lines = Array.from({ length: 60 }, (_, i) => `${name} has line ${i} of ${i * i}.`);
    await Deno.writeTextFile(`${dir}/${name}.txt`, `${lines.join("\n")}\n${more}`);
    return await sha256Hex(await Deno.readFile(`${dir}/${name}.txt`));
  }

  async function upload(name: string, id: string): Promise<void> {
    const words = ["--server", server.url, "--name", name, "--author", "The test"];
    await cliJson(
      ...["corpus", "add", `${dir}/${name}.txt`, ...words],
      ...["--source", "a test", "--licence", "CC0-1.0", "--declare"],
    );
    await when(`corpora/${id}`, ({ scan }) => scan !== null);
  }

  /** Trains on the corpus with the command line and submits the file. Returns the entry's id. */
  async function submit(name: string, id: string): Promise<string> {
    const recipe = tinyRecipe({
      data: [{ corpus: id, sha256: id, weight: 1 }],
      steps: 12,
      checkpointInterval: 6,
    });
    await Deno.writeTextFile(`${dir}/${name}.json`, JSON.stringify(recipe));
    await cliJson(
      ...["train", "--recipe", `${dir}/${name}.json`, "--out", `${dir}/${name}.tinygpt`],
      ...["--corpus-file", `${dir}/${name}.txt`],
    );
    const response = await fetch(
      `${server.url}/api/v1/submissions?${new URLSearchParams({ name, author: "The test" })}`,
      { method: "POST", body: await Deno.readFile(`${dir}/${name}.tinygpt`) },
    );
    assert.equal(response.status, 201);
    return (await response.json()).id;
  }

  const settled = (id: string, provenance: string) =>
    when(`models/${id}`, (model) => model.provenance === provenance);

  it("let a stranger train on an uploaded corpus and be proven exact", async () => {
    const corpus = await write("clean");
    await upload("clean", corpus);
    const entry = await submit("clean", corpus);
    await settled(entry, "exact");
    const { rows } = await api("leaderboard/tinystories-ppl");
    assert.deepEqual(rows.map(({ entryId }: { entryId: string }) => entryId), [entry]);
    assert.deepEqual((await api(`corpora/${corpus}`)).models, [entry]);
    const { verdict } = await cliJson(
      ...["verify", `${dir}/clean.tinygpt`, "--corpus-file", `${dir}/clean.txt`],
    );
    assert.equal(verdict, "exact");
  });

  it("give no rank on the benchmark whose text they hold, and say why", async () => {
    const file = new URL("benchmarks/tinystories-valid-eval-v2.json", DATA);
    const { stories } = JSON.parse(await Deno.readTextFile(file));
    const corpus = await write("leaky", stories[17]);
    await upload("leaky", corpus);
    const entry = await submit("leaky", corpus);
    await settled(entry, "exact");
    const ids = async (board: string) =>
      (await api(`leaderboard/${board}`)).rows.map(({ entryId }: { entryId: string }) => entryId);
    assert.ok(!(await ids("tinystories-ppl")).includes(entry));
    assert.ok((await ids("sort-6")).includes(entry));
    const board = await (await fetch(`${server.url}/leaderboard/tinystories-ppl`)).text();
    assert.match(board, /made with a corpus that holds text of this benchmark/);
    const page = await (await fetch(`${server.url}/models/${entry}`)).text();
    assert.match(page, /No rank on <strong>TinyStories perplexity/);
    assert.ok(page.includes(`/corpora/${corpus}`));
  });

  it("are missing until somebody uploads them: then the same entry is proven", async () => {
    const corpus = await write("private");
    const entry = await submit("private", corpus);
    const { reports } = await settled(entry, "not-reproducible");
    const report = await api(`reports/${reports[0].id}`);
    assert.match(JSON.stringify(report.statement), new RegExp(`no corpus of SHA-256 ${corpus}`));
    const { stderr } = await cliError(
      ...["train", "--recipe", `${dir}/private.json`, "--out", `${dir}/again.tinygpt`],
    );
    assert.match(stderr, /--corpus-file/);
    await upload("private", corpus);
    await settled(entry, "exact");
  });
});
