import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Benchmark } from "../../lib/benchmarks/benchmark.ts";
import { matches } from "../../lib/benchmarks/exact_match.ts";
import { BENCHMARKS, findBenchmark, RANKED_BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { REVERSE_16 } from "../../lib/benchmarks/reverse_16.ts";
import { runBenchmarks } from "../../lib/benchmarks/run.ts";
import { SHAKESPEARE_PPL, speeches } from "../../lib/benchmarks/shakespeare_ppl.ts";
import { SORT_6 } from "../../lib/benchmarks/sort_6.ts";
import { TINYSTORIES_PPL_V1, TINYSTORIES_PPL_V2 } from "../../lib/benchmarks/tinystories_ppl.ts";
import { fromUtf8, utf8 } from "../../lib/bytes.ts";
import { reverse16Trials, sort6Trials, type Trial } from "../../lib/corpora/trials.ts";
import { IntegrityError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { answeringModel, countingModel, uniformModel } from "./models.ts";

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

/** Nats that differ from byte to byte. */
function byBytes(text: Uint8Array): Float32Array {
  return Float32Array.from(text.subarray(1), (byte, i) => byte % 7 + text[i] / 200);
}

describe("the registry", () => {
  it("names every benchmark and version once, with one ranked version each", () => {
    const names = BENCHMARKS.map(({ id, version }) => `${id}@${version}`);
    assert.equal(new Set(names).size, names.length);
    const ids = RANKED_BENCHMARKS.map(({ id }) => id);
    assert.deepEqual(new Set(ids).size, ids.length);
    assert.deepEqual(new Set(ids), new Set(BENCHMARKS.map(({ id }) => id)));
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

describe("perplexity", () => {
  it("is 256 for a uniform model, over all bytes but each text's first", async () => {
    const expected = [
      { benchmark: TINYSTORIES_PPL_V1, examples: 50, bytes: 13_344 },
      { benchmark: TINYSTORIES_PPL_V2, examples: 50, bytes: 12_438 },
      { benchmark: SHAKESPEARE_PPL, examples: 122, bytes: 16_383 },
    ];
    for (const { benchmark, examples, bytes } of expected) {
      const result = await benchmark.run(uniformModel(), await loadData(benchmark.dataFile!), {});
      assert.ok(Math.abs(result.score - 256) < 1e-4);
      assert.equal(result.examples.length, examples);
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

  it("cuts Shakespeare into speeches that hold every byte, and reads it as one text", async () => {
    const data = await loadData(SHAKESPEARE_PPL.dataFile!);
    const texts: Uint8Array[] = [];
    const model = uniformModel({
      scoreBytes: (given) => {
        texts.push(...given);
        return Promise.resolve([Float32Array.from(data.subarray(1), (_, i) => i / 4096)]);
      },
    });
    const { examples, interval } = await SHAKESPEARE_PPL.run(model, data, {});
    assert.deepEqual(texts, [data]);
    assert.equal(examples.map(({ prompt }) => prompt).join("\n\n"), fromUtf8(data).trimEnd());
    assert.match(examples[1].prompt, /^BAPTISTA:\nGood morrow, neighbour Gremio\./);
    // The first speech has 42 bytes with its empty line, and its first byte is given.
    assert.deepEqual(
      examples.slice(0, 2).map(({ value }) => value),
      [20, 41 + 66 / 2].map((i) => i / 4096),
    );
    assert.ok(interval[0] < interval[1]);
  });

  it("keeps speeches apart that more than one empty line parts", () => {
    const passages = speeches(utf8("A\n\n\nB\n\nC"), new Float32Array(7).fill(1));
    assert.deepEqual(passages.map(({ text }) => text), ["A", "B", "C"]);
    assert.deepEqual(passages.map(({ nats }) => nats.length), [3, 3, 1]);
  });
});

describe("every benchmark", () => {
  it("has the score that its examples give, weighed", async () => {
    for (const benchmark of BENCHMARKS as readonly Benchmark[]) {
      const data = benchmark.dataFile && await loadData(benchmark.dataFile);
      const result = await benchmark.run(
        uniformModel({ scoreBytes: (texts) => Promise.resolve(texts.map(byBytes)) }),
        data || null,
        {},
      );
      const weight = result.examples.reduce((sum, example) => sum + example.weight, 0);
      const sum = result.examples.reduce((sum, { value, weight }) => sum + value * weight, 0);
      const expected = benchmark.unit === "%" ? 100 * sum / weight : Math.exp(sum / weight);
      assert.ok(Math.abs(result.score / expected - 1) < 1e-9 || result.score === expected);
      const [low, high] = result.interval;
      assert.ok(low <= result.score && result.score <= high, benchmark.id);
    }
  });

  for (const benchmark of BENCHMARKS as readonly Benchmark[]) {
    it(`ends ${benchmark.id}@${benchmark.version} within a batch of being told to`, async () => {
      const stopping = new AbortController();
      const { model, workAfter } = await countingModel(stopping.signal);
      let batches = 0;
      const run = runBenchmarks(model, [benchmark], loadData, {
        nowMs,
        signal: stopping.signal,
        onProgress: ({ fraction }) => {
          if (fraction > 0 && batches++ === 0) stopping.abort(new Error("enough"));
        },
      });
      await assert.rejects(run, /enough/);
      assert.ok(batches > 0);
      const { windows, tokensOfARow } = workAfter();
      assert.equal(windows, 0);
      assert.ok(tokensOfARow <= 1);
    });
  }
});

describe("runBenchmarks", () => {
  it("gives every benchmark an outcome, in order, with progress up to 1", async () => {
    const seen: number[] = [];
    const outcomes = await runBenchmarks(
      uniformModel({ contextLength: 512 }),
      BENCHMARKS,
      loadData,
      {
        nowMs,
        onProgress: ({ overall }) => seen.push(overall),
      },
    );
    for (const [i, { unit }] of BENCHMARKS.entries()) {
      assert.equal(Math.round(outcomes[i].result!.score), unit === "%" ? 0 : 256);
    }
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
