import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  BASELINE_ORDERS,
  baselinesFileSchema,
  computeBaselines,
} from "../../lib/benchmarks/baselines.ts";
import type { Benchmark } from "../../lib/benchmarks/benchmark.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { baselineRows, baselinesOfPage } from "../../lib/leaderboard/baselines.ts";
import { testEngine } from "../support/engine.ts";

const loadData = (file: string) => Deno.readFile(new URL(`../../data/${file}`, import.meta.url));
const benchmarks: readonly Benchmark[] = BENCHMARKS;
const stored = baselinesFileSchema.parse(JSON.parse(
  await Deno.readTextFile(new URL("../../data/baselines.json", import.meta.url)),
));

describe("data/baselines.json", () => {
  it("has the baselines of every benchmark as its data are today", () => {
    assert.deepEqual(
      stored.baselines.map(({ benchmark, version, dataDigest, chance, ngrams }) => ({
        benchmark,
        version,
        dataDigest,
        chance,
        orders: ngrams.map(({ order }) => order),
      })),
      benchmarks.filter(({ baselines }) => baselines).map((benchmark) => ({
        benchmark: benchmark.id,
        version: benchmark.version,
        dataDigest: benchmark.dataDigest,
        chance: benchmark.baselines!.chance,
        orders: [...BASELINE_ORDERS],
      })),
      "Run: deno task cli baselines --out data/baselines.json",
    );
  });

  it("holds what the low orders give when they are counted again, to the bit", async () => {
    const engine = await testEngine();
    const again = await computeBaselines(benchmarks, loadData, {
      math: engine.math,
      orders: [1, 2],
    });
    const expected = stored.baselines.map((made) => ({ ...made, ngrams: made.ngrams.slice(0, 2) }));
    assert.deepEqual(again, expected);
  });
});

describe("baseline rows", () => {
  const stories = benchmarks.find(({ id, ranked }) => id === "tinystories-ppl" && ranked)!;
  const sort = benchmarks.find(({ id }) => id === "sort-6")!;

  it("come best first, with chance among them", () => {
    const rows = baselineRows(stories);
    assert.deepEqual(rows.map(({ name }) => name), [
      ...BASELINE_ORDERS.toReversed().map((order) => `Byte ${order}-gram`),
      "Chance",
    ]);
    assert.deepEqual(rows.at(-1), { name: "Chance", text: null, score: 256, interval: null });
    assert.ok(rows[0].score > 2.7 && rows[0].score < 2.8);
  });

  it("are one where they have one score", () => {
    const rows = baselineRows(sort);
    assert.deepEqual(rows.map(({ name }) => name), ["Byte n-grams, orders 1–7", "Chance"]);
  });

  it("stand on one page each, before the row they are better than", () => {
    const placed = [0, 2, 3, 5].map((ahead) => ({ ...baselineRows(sort)[0], ahead }));
    const onPage = (offset: number, shown: number) =>
      baselinesOfPage(placed, { offset, shown, total: 5 }).map(({ ahead }) => ahead);
    assert.deepEqual([onPage(0, 2), onPage(2, 2), onPage(4, 1)], [[0], [2, 3], [5]]);
    assert.deepEqual(
      baselinesOfPage(placed, { offset: 0, shown: 0, total: 0 })
        .map(({ ahead }) => ahead),
      [0],
    );
  });

  it("are left out once a benchmark's data are others", () => {
    assert.deepEqual(baselineRows({ ...stories, dataDigest: "0" }), []);
  });
});
