import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Benchmark, BenchmarkResult } from "../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../lib/benchmarks/model.ts";
import { findBenchmark } from "../lib/benchmarks/registry.ts";
import { readBenchmarkData } from "../lib/benchmarks/run.ts";
import { sha256Hex } from "../lib/hash.ts";
import { readTinygpt } from "../lib/format/read.ts";
import { loadGallery } from "../lib/submissions/gallery.ts";
import { parseChain } from "../lib/verification/chain.ts";
import { parseRecipe } from "../lib/verification/parse_recipe.ts";
import { pgliteBackend } from "./support/databases.ts";
import { testEngine } from "./support/engine.ts";
import { testServices } from "./support/services.ts";

const DIRECTORY = new URL("../data/gallery/", import.meta.url);
const list: { file: string; sha256: string }[] = JSON.parse(
  await Deno.readTextFile(new URL("gallery.json", DIRECTORY)),
);
const readData = (file: string) => Deno.readFile(new URL(`../data/${file}`, import.meta.url));
const bytesOf = (file: string) => Deno.readFile(new URL(file, DIRECTORY));

async function score(file: string, benchmarkId: string): Promise<BenchmarkResult> {
  const { config, weights, tokenizer } = readTinygpt(await bytesOf(file));
  const engine = await testEngine();
  const inference = await engine.loadModel(config, weights);
  const model = createBenchmarkModel(inference, engine.math, tokenizer);
  const benchmark = findBenchmark(benchmarkId) as Benchmark;
  const data = await readBenchmarkData(benchmark, readData);
  return await benchmark.run(model, data, {});
}

describe("the gallery", () => {
  it("holds models of a few megabytes in all, each the file its list names", async () => {
    let total = 0;
    for (const { file, sha256 } of list) {
      const bytes = await bytesOf(file);
      assert.equal(await sha256Hex(bytes), sha256, file);
      total += bytes.length;
    }
    assert.ok(total < 8e6, `${total} bytes`);
  });

  it("holds the recipe of each model beside it, with the chain in the file", async () => {
    for (const { file } of list) {
      const model = readTinygpt(await bytesOf(file));
      const text = await Deno.readTextFile(new URL(file.replace(".tinygpt", ".json"), DIRECTORY));
      const recipe = parseRecipe(JSON.parse(text));
      assert.deepEqual(model.recipe, recipe, file);
      assert.deepEqual(model.config, recipe.model, file);
      assert.equal(parseChain(model.chain).leafSteps.at(-1), recipe.steps, file);
    }
  });

  it("ships no scores", async () => {
    for (const { file } of list) {
      const { header } = readTinygpt(await bytesOf(file));
      assert.ok(!/score|benchmark/i.test(JSON.stringify(Object.keys(header.raw))), file);
    }
  });

  it("sorts and reverses without an error", async () => {
    assert.equal((await score("sort-6.tinygpt", "sort-6")).score, 100);
    assert.equal((await score("reverse-16.tinygpt", "reverse-16")).score, 100);
  });

  it("tells stories, writes verse and functions, and knows facts", async () => {
    assert.ok((await score("stories.tinygpt", "tinystories-ppl")).score < 2.23);
    assert.ok((await score("shakespeare.tinygpt", "shakespeare-ppl")).score < 4.12);
    assert.ok((await score("code.tinygpt", "code-completion-pass")).score >= 60);
    const facts = await score("facts.tinygpt", "multiple-choice-mini");
    assert.equal(facts.examples.filter(({ value }) => value === 1).length, 48);
  });

  it("is submitted once, like everybody's files", async () => {
    const backend = pgliteBackend();
    const storage = await backend.open();
    const services = await testServices(storage);
    try {
      assert.equal(await loadGallery(services, DIRECTORY), list.length);
      assert.equal(await loadGallery(services, DIRECTORY), 0);
      const entries = await services.db.selectFrom("entry").select(["status", "featured"])
        .execute();
      assert.deepEqual(entries, list.map(() => ({ status: "received", featured: true })));
    } finally {
      await services.close();
      await storage.close();
      await backend.close();
    }
  });
});
