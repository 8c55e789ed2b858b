// The command line against files of the older engine; expected.json is an independent program's.

import assert from "node:assert/strict";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { describe, it } from "@std/testing/bdd";
import { fromHex, fromUtf8 } from "../../lib/bytes.ts";
import { readHeader } from "../../lib/format/read.ts";
import { cli, cliJson } from "../support/cli.ts";

interface Expected {
  tinystories_eval: { mean_nll_nats: number };
  greedy_100_after_ROMEO: string;
}

const FOLDER = "tests/fixtures";
const expectedText = await Deno.readTextFile(`${FOLDER}/expected.json`);
const expectedByFile: Record<string, Expected> = JSON.parse(expectedText);

interface ScoreOutput {
  model: { digest: string; parameters: number };
  scores: {
    benchmark: string;
    version: number;
    score: number | null;
    unit: string;
    incompatible?: string;
  }[];
}

for (const [name, expected] of Object.entries(expectedByFile)) {
  const path = `${FOLDER}/${name}`;

  describe(name, () => {
    it("scores the perplexity the independent program computed", async () => {
      const output = await cliJson<ScoreOutput>("score", path, "--benchmark", "tinystories-ppl@1");
      const { model, scores: [first, ...others] } = output;
      const perplexity = Math.exp(expected.tinystories_eval.mean_nll_nats);
      assert.ok(Math.abs(first.score! / perplexity - 1) < 1e-6, `${first.score} ≠ ${perplexity}`);
      assert.equal(first.benchmark, "tinystories-ppl");
      assert.equal(first.version, 1);
      assert.equal(first.unit, "perplexity per byte");
      assert.equal(others.length, 0);
      assert.equal(model.parameters, 120_576);
      assert.match(model.digest, /^[0-9a-f]{64}$/);
    });

    it("continues ROMEO with the expected hundred bytes", async () => {
      const words = ["generate", path, "--prompt", "ROMEO:\n", "--bytes", "100"];
      const { text, bytes } = await cliJson<{ text: string; bytes: string }>(...words);
      assert.equal(text, expected.greedy_100_after_ROMEO);
      assert.equal(fromUtf8(fromHex(bytes)), text);
      const plain = await cli(...words, "--temperature", "0");
      assert.equal(plain.stdout, `ROMEO:\n${text}\n`);
    });

    it("is external to verify: it carries no recipe", async () => {
      assert.deepEqual(await cliJson("verify", path), {
        verdict: "external",
        firstDivergentStep: null,
        recipeHash: null,
      });
      assert.match((await cli("verify", path)).stdout, /^external\n.*carries no recipe/);
    });

    it("is inspected without an engine: shapes, parameters and its whole header", async () => {
      const facts = await cliJson("inspect", path);
      const { header, config, dtype } = readHeader(await Deno.readFile(path));
      assert.equal(facts.parameters, 120_576);
      assert.equal(facts.dtype, dtype);
      assert.equal(facts.step, 1500);
      assert.deepEqual(facts.config, config);
      assert.deepEqual(facts.header, header.raw);
      const tensors = facts.tensors as { name: string; shape: number[] }[];
      assert.deepEqual(tensors[0], { name: "token_embedding.weight", shape: [256, 64] });
      const sizes = tensors.map(({ shape }) => shape.reduce((size, n) => size * n, 1));
      assert.equal(sizes.reduce((sum, size) => sum + size, 0), 120_576);
      assert.match((await cli("inspect", path)).stdout, /^parameters +120576$/m);
    });
  });
}

describe("generate", () => {
  const path = `${FOLDER}/old-shakespeare.fp32.tinygpt`;
  const words = ["generate", path, "--bytes", "24"];

  it("takes a prompt of any bytes UTF-8 can spell, also one that begins with a dash", async () => {
    for (const prompt of ["Ὀδυσσεύς → 🧵", "-é"]) {
      const { stdout } = await cli(...words, "--prompt", prompt);
      assert.ok(stdout.startsWith(prompt));
      const { bytes } = await cliJson<{ bytes: string }>(...words, "--prompt", prompt);
      assert.equal(bytes.length, 48);
    }
  });

  it("draws the same bytes from the same seed and others from another", async () => {
    const sampled = [...words, "--prompt", "KING", "--temperature", "1", "--top-p", "0.95"];
    const draw = async (seed: string) =>
      (await cliJson<{ bytes: string }>(...sampled, "--seed", seed)).bytes;
    const first = await draw("5");
    assert.equal(await draw("5"), first);
    assert.notEqual(await draw("6"), first);
  });

  it("searches with beams, and prints the best of what ended", async () => {
    const search = ["generate", path, "--prompt", "KING", "--beams", "5", "--min-tokens", "6"];
    const bounded = [...search, "--max-tokens", "20", "--end-token", "32"]; // a space
    const { texts } = await cliJson<{ texts: { text: string; score: number }[] }>(...bounded);
    assert.equal(texts.length, 5);
    for (const { text } of texts) {
      assert.ok(text.length > 6 && text.length <= 20, text);
      assert.match(text.slice(6), /^[^ ]*( |$)/);
    }
    const scores = texts.map(({ score }) => score);
    assert.deepEqual(scores, scores.toSorted((a, b) => b - a));
    assert.equal((await cli(...bounded)).stdout, `KING${texts[0].text}\n`);
  });

  it("goes on past the context", async () => {
    const long = "ab".repeat(100);
    const { bytes } = await cliJson<{ bytes: string }>(...words, "--prompt", long);
    assert.equal(bytes.length, 48);
  });
});

describe("score", () => {
  it("computes with small whole numbers when told to, and says so", async () => {
    const words = [
      "score",
      `${FOLDER}/old-shakespeare.fp32.tinygpt`,
      "--benchmark",
      "tinystories-ppl",
    ];
    const found: Record<string, number> = {};
    for (const arithmetic of ["exact", "int8", "int4"]) {
      const output = await cliJson<ScoreOutput & { arithmetic: string }>(
        ...words,
        "--arithmetic",
        arithmetic,
      );
      assert.equal(output.arithmetic, `${arithmetic}/1`);
      found[arithmetic] = output.scores[0].score!;
    }
    assert.notEqual(found.int8, found.exact);
    assert.ok(Math.abs(found.int8 / found.exact - 1) < 0.02, JSON.stringify(found));
    assert.ok(Math.abs(found.int4 / found.exact - 1) < 0.3, JSON.stringify(found));
    const { stdout } = await cli(...words, "--arithmetic", "int8");
    assert.match(stdout, /^int8\/1, not to be compared with ranked scores$/m);
  });

  it("shows every example when told to, as text that is safe to print and as JSON", async () => {
    const words = [
      ...["score", new URL("../../data/gallery/sort-6.tinygpt", import.meta.url).pathname],
      ...["--benchmark", "sort-6", "--examples"],
    ];
    const { stdout } = await cli(...words);
    assert.match(stdout, /^ {3}1 {2}right {2}"sort: 9 4 5 3 4 2 = " → "2 3 4 4 5 9"$/m);
    assert.match(stdout, /^ 200 {2}right {2}"sort: /m);
    const { scores } = await cliJson<{ scores: { examples: { output: string }[] }[] }>(...words);
    assert.equal(scores[0].examples.length, 200);
    assert.equal(scores[0].examples[0].output, "2 3 4 4 5 9");
  });

  it("runs every benchmark when none is named, and says which does not apply", async () => {
    const { scores } = await cliJson<ScoreOutput>(
      "score",
      `${FOLDER}/old-shakespeare.fp16.tinygpt`,
    );
    const names = scores.map(({ benchmark, version }) => `${benchmark}@${version}`);
    assert.deepEqual(names, BENCHMARKS.map(({ id, version }) => `${id}@${version}`));
    const without = scores.filter(({ score }) => score === null);
    assert.ok(without.some(({ benchmark }) => benchmark === "multiple-choice-mini"));
    for (const { incompatible } of without) assert.match(incompatible!, /this model has 64/);
  });
});
