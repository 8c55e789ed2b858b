import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Benchmark } from "../../lib/benchmarks/benchmark.ts";
import { matches } from "../../lib/benchmarks/exact_match.ts";
import { BENCHMARKS, findBenchmark, RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { REVERSE_16 } from "../../lib/benchmarks/reverse_16.ts";
import { runBenchmarks } from "../../lib/benchmarks/run.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V1, TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { utf8 } from "../../lib/bytes.ts";
import { reverse16Trials, sort6Trials, type Trial } from "../../lib/corpora/trials.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { answeringModel, uniformModel } from "./models.ts";

const loadData = (file: string) =>
  Deno.readFile(new URL(`../../data/${file}`, import.meta.url).pathname);
const nowMs = () => 0;

function digestOf(trials: readonly Trial[]): Promise<string> {
  return sha256Hex(utf8(trials.map(({ prompt, answer }) => `${prompt}${answer}\n`).join("")));
}

function sortAnswer(prompt: string): string {
  return prompt.slice("sort: ".length, -" = ".length).split(" ").toSorted().join(" ");
}

async function scoreOf(benchmark: Benchmark, answer: (prompt: string) => string) {
  return (await benchmark.run(answeringModel(answer), null, {})).score;
}

describe("the registry", () => {
  it("names every benchmark and version once", () => {
    const names = BENCHMARKS.map(({ id, version }) => `${id}@${version}`);
    assert.deepEqual(names, ["tinystories-ppl@2", "sort-6@1", "reverse-16@1", "tinystories-ppl@1"]);
    assert.deepEqual(RANKED_BENCHMARKS.map(({ id }) => id), [
      "tinystories-ppl",
      "sort-6",
      "reverse-16",
    ]);
  });

  it("finds the ranked version unless another is asked for", () => {
    assert.equal(findBenchmark("tinystories-ppl"), TINYSTORIES_PPL_V2);
    assert.equal(findBenchmark("tinystories-ppl", 1), TINYSTORIES_PPL_V1);
    assert.equal(findBenchmark("tinystories-ppl", 3), undefined);
    assert.equal(findBenchmark("chess"), undefined);
  });

  it("holds the SHA-256 of every data file and every list of trials", async () => {
    for (const { dataFile, dataDigest } of BENCHMARKS as readonly Benchmark[]) {
      if (dataFile !== null) assert.equal(await sha256Hex(await loadData(dataFile)), dataDigest);
    }
    assert.equal(await digestOf(sort6Trials()), SORT_6.dataDigest);
    assert.equal(await digestOf(reverse16Trials()), REVERSE_16.dataDigest);
  });
});

describe("the trials", () => {
  it("start as they always have", () => {
    assert.deepEqual(sort6Trials().slice(0, 2), [
      { prompt: "sort: 9 4 5 3 4 2 = ", answer: "2 3 4 4 5 9" },
      { prompt: "sort: 8 4 2 9 1 6 = ", answer: "1 2 4 6 8 9" },
    ]);
    assert.deepEqual(reverse16Trials().slice(0, 2), [
      { prompt: "reverse: jihi = ", answer: "ihij" },
      { prompt: "reverse: ktmgfpo = ", answer: "opfgmtk" },
    ]);
  });

  it("number 200, with words of 4 to 16 letters", () => {
    assert.equal(sort6Trials().length, 200);
    const lengths = reverse16Trials().map(({ answer }) => answer.length);
    assert.equal(lengths.length, 200);
    assert.deepEqual([Math.min(...lengths), Math.max(...lengths)], [4, 16]);
  });
});

describe("exact match", () => {
  it("gives 100 % to a model that sorts, and 0 % to one that does not", async () => {
    assert.equal(await scoreOf(SORT_6, sortAnswer), 100);
    assert.equal(await scoreOf(SORT_6, () => "1 2 3 4 5 6"), 0);
    assert.equal(await scoreOf(SORT_6, () => ""), 0);
  });

  it("gives 100 % to a model that reverses, whatever follows the answer", async () => {
    const reverse = (prompt: string) => prompt.slice(9, -3).split("").toReversed().join("");
    assert.equal(await scoreOf(REVERSE_16, (prompt) => `${reverse(prompt)}\nreverse: `), 100);
  });

  it("counts a share of the trials, with Wilson's interval", async () => {
    const model = answeringModel((prompt) => prompt < "sort: 5" ? sortAnswer(prompt) : "");
    const result = await SORT_6.run(model, null, {});
    const correct = sort6Trials().filter(({ prompt }) => prompt < "sort: 5").length;
    assert.equal(result.score, correct / 2);
    assert.ok(result.interval[0] < result.score && result.score < result.interval[1]);
    assert.equal(result.examples.filter(({ value }) => value === 1).length, correct);
  });

  it("skips leading white space, and nothing else", () => {
    assert.ok(matches(utf8(" \n\tabc!"), utf8("abc")));
    assert.ok(matches(utf8(" ".repeat(16) + "abc"), utf8("abc")));
    assert.ok(!matches(utf8(" ".repeat(17) + "abc"), utf8("abc")));
    assert.ok(!matches(utf8("-abc"), utf8("abc")));
    assert.ok(!matches(utf8("ab"), utf8("abc")));
  });

  it("ends a row as soon as its answer can be told", async () => {
    const result = await SORT_6.run(answeringModel(() => "  " + "x".repeat(100)), null, {});
    assert.equal(result.examples[0].output, "  " + "x".repeat(11));
  });
});

describe("tinystories-ppl", () => {
  it("is 256 for a uniform model, over all bytes but each story's first", async () => {
    for (
      const [benchmark, bytes] of [[TINYSTORIES_PPL_V1, 13_344], [
        TINYSTORIES_PPL_V2,
        12_438,
      ]] as const
    ) {
      const result = await benchmark.run(uniformModel(), await loadData(benchmark.dataFile!), {});
      assert.ok(Math.abs(result.score - 256) < 1e-4);
      assert.equal(result.examples.length, 50);
      assert.equal(result.examples.reduce((sum, { weight }) => sum + weight, 0), bytes);
      assert.ok(result.interval.every((end) => Math.abs(end - 256) < 1e-4));
    }
  });

  it("weighs bytes, not stories", async () => {
    const model = uniformModel({
      scoreBytes: () => Promise.resolve([new Float32Array([1]), new Float32Array([4, 4, 4])]),
    });
    const data = utf8(JSON.stringify({ stories: ["ab", "abcd"] }));
    const result = await TINYSTORIES_PPL_V2.run(model, data, {});
    assert.equal(result.score, Math.exp(13 / 4));
    assert.deepEqual(result.examples.map(({ value }) => value), [1, 4]);
  });
});

describe("runBenchmarks", () => {
  it("gives every benchmark an outcome, in order, with progress up to 1", async () => {
    const seen: number[] = [];
    const outcomes = await runBenchmarks(uniformModel(), BENCHMARKS, loadData, {
      nowMs,
      onProgress: ({ overall }) => seen.push(overall),
    });
    assert.deepEqual(outcomes.map(({ result }) => result && Math.round(result.score)), [
      256,
      0,
      0,
      256,
    ]);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
    assert.equal(seen.at(-1), 1);
  });

  it("says why a model cannot be scored", async () => {
    const short = uniformModel({ contextLength: 40 });
    const outcomes = await runBenchmarks(short, [SORT_6, REVERSE_16], loadData, { nowMs });
    assert.equal(outcomes[0].incompatibleReason, null);
    assert.equal(
      outcomes[1].incompatibleReason,
      "Needs a context of 44 bytes, this model has 40.",
    );
    const tokens = uniformModel({ vocabularySize: 512, hasTokenizer: false });
    for (const outcome of await runBenchmarks(tokens, BENCHMARKS, loadData, { nowMs })) {
      assert.match(
        outcome.incompatibleReason!,
        /vocabulary of 256 bytes or a tokenizer .*, this model has 512/,
      );
    }
  });

  it("has no score when the score is not finite", async () => {
    const model = uniformModel({
      scoreBytes: (texts) => Promise.resolve(texts.map(() => new Float32Array([NaN]))),
    });
    const [outcome] = await runBenchmarks(model, [TINYSTORIES_PPL_V2], loadData, { nowMs });
    assert.equal(outcome.result, null);
    assert.match(outcome.incompatibleReason!, /not a finite number/);
  });

  it("refuses data that are not the registered bytes", async () => {
    const other = () => Promise.resolve(utf8('{"stories":["easy"]}'));
    await assert.rejects(
      runBenchmarks(uniformModel(), [TINYSTORIES_PPL_V2], other, { nowMs }),
      IntegrityError,
    );
  });

  it("stops when told to", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await assert.rejects(
      runBenchmarks(uniformModel(), BENCHMARKS, loadData, { nowMs, signal }),
      /enough/,
    );
  });
});
