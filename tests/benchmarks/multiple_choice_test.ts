import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { BenchmarkModel } from "../../lib/benchmarks/benchmark.ts";
import { createBenchmarkModel } from "../../lib/benchmarks/model.ts";
import {
  LONGEST_TEXT_BYTES,
  MULTIPLE_CHOICE_MINI,
} from "../../lib/benchmarks/multiple_choice_mini.ts";
import { fromUtf8, utf8 } from "../../lib/bytes.ts";
import { HOST_MATH, pairModel, uniformModel } from "./models.ts";

interface Item {
  group: string;
  prompt: string;
  options: string[];
  answer: number;
  mini: boolean;
}

const data = await Deno.readFile(
  new URL(`../../data/${MULTIPLE_CHOICE_MINI.dataFile}`, import.meta.url),
);
const items: Item[] = JSON.parse(fromUtf8(data)).items;
const run = (model: BenchmarkModel, file: Uint8Array = data) =>
  MULTIPLE_CHOICE_MINI.run(model, file, {});

/** Gives each byte of `text` but the first the nats that `nats` says. */
function modelOf(nats: (text: string, at: number) => number): BenchmarkModel {
  return uniformModel({
    scoreBytes: (texts) =>
      Promise.resolve(texts.map((bytes) => {
        const text = fromUtf8(bytes);
        return Float32Array.from({ length: bytes.length - 1 }, (_, i) => nats(text, i + 1));
      })),
  });
}

const isRight = (text: string) =>
  items.some(({ prompt, options, answer }) => text === prompt + options[answer]);

describe("multiple-choice-mini", () => {
  it("asks 56 questions in 14 groups, whose four options are each right once", () => {
    const groups = Map.groupBy(items, ({ group }) => group);
    assert.equal(items.length, 56);
    assert.equal(groups.size, 14);
    for (const members of groups.values()) {
      const options = new Set(members[0].options);
      assert.equal(members.length, 4);
      assert.equal(options.size, 4);
      for (const member of members) assert.deepEqual(new Set(member.options), options);
      assert.deepEqual(new Set(members.map((item) => item.options[item.answer])), options);
    }
    const mini = items.filter((item) => item.mini);
    assert.equal(mini.length, 10);
    assert.equal(new Set(mini.map(({ group }) => group)).size, 10);
  });

  it("needs a context for its longest text", () => {
    const lengths = items.flatMap(({ prompt, options }) =>
      options.map((option) => utf8(prompt + option).length)
    );
    assert.equal(Math.max(...lengths), LONGEST_TEXT_BYTES);
    assert.match(
      MULTIPLE_CHOICE_MINI.incompatibility(uniformModel({ contextLength: 65 }))!,
      /context of 66 bytes, this model has 65/,
    );
    assert.equal(MULTIPLE_CHOICE_MINI.incompatibility(uniformModel({ contextLength: 66 })), null);
  });

  it("gives all to a model that knows, the ten as the score and the 56 beside it", async () => {
    const result = await run(modelOf((text) => isRight(text) ? 1 : 2));
    assert.equal(result.score, 100);
    assert.equal(result.secondary![0].name, "all 56 questions");
    assert.equal(result.secondary![0].value, 100);
    assert.ok(result.interval[0] < result.secondary![0].interval[0]);
    assert.equal(result.examples.length, 56);
    assert.deepEqual(
      result.examples.map(({ weight }) => weight),
      items.map(({ mini }) => mini ? 1 : 0),
    );
  });

  it("gives exactly 14 of 56 to a model that does not read the prompt", async () => {
    const promptLengths = new Map(
      items.flatMap(({ prompt, options }) =>
        options.map((option) => [prompt + option, prompt.length])
      ),
    );
    const costs = fc.uint8Array({ minLength: 128, maxLength: 128 });
    await fc.assert(
      fc.asyncProperty(costs, async (nats) => {
        // Its own place decides about a byte of an option as well, never what stood before.
        const { examples, secondary } = await run(
          modelOf((text, at) => nats[text.charCodeAt(at)] + (at - promptLengths.get(text)!) / 7),
        );
        fc.pre(examples.every(({ output }) => output !== ""));
        assert.equal(secondary![0].value, 25);
      }),
      { numRuns: 20 },
    );
  });

  it("counts a tie as wrong, even with the right option in it", async () => {
    const { score, secondary, examples } = await run(uniformModel({ contextLength: 128 }));
    assert.deepEqual([score, secondary![0].value], [0, 0]);
    assert.equal(examples[0].output, "");
    assert.match(examples[0].note!, /^Counts\. Tie\. Nats per byte: "Woof!" 5\.5452, "Meow!" 5/);
  });

  it("takes the mean over the option's bytes alone, so prompt and length do not matter", async () => {
    const item = { group: "g", prompt: "ab", options: ["cdef", "gh"], answer: 0, mini: true };
    const file = utf8(JSON.stringify({ items: [item] }));
    const nats = new Map(Object.entries({ b: 50, c: 1, d: 1, e: 1, f: 2, g: 1, h: 2 }));
    const { score, examples } = await run(modelOf((text, at) => nats.get(text[at])!), file);
    assert.equal(score, 100);
    assert.equal(examples[0].note, "Counts. Nats per byte: cdef 1.2500, gh 1.5000");
    assert.deepEqual([examples[0].expected, examples[0].output], ["cdef", "cdef"]);
  });

  it("counts a token across the border of prompt and option for the option", async () => {
    // Tokens of two bytes after the first: a | b c | d, so that b and c are one token.
    const pairs = {
      vocabSize: 256,
      headerField: null,
      encode: (bytes: Uint8Array) =>
        Int32Array.from(
          { length: Math.ceil(bytes.length / 2) },
          (_, i) => 2 * i + 1 < bytes.length ? 100 + bytes[2 * i] : bytes[2 * i],
        ),
      decode: (tokens: ArrayLike<number>) => Uint8Array.from(tokens),
      tokenBytes: (token: number) =>
        token < 150 ? Uint8Array.of(token) : Uint8Array.of(token - 100, token - 99),
    };
    const model = createBenchmarkModel(pairModel(66), HOST_MATH, pairs);
    const item = { group: "g", prompt: "ab", options: ["cd", "ce"], answer: 0, mini: true };
    const { examples } = await run(model, utf8(JSON.stringify({ items: [item] })));
    // pairModel gives token t after s the cost s + t / 1000: 97 + 0.198 for "bc", then 198 + 0.1.
    const means = [100, 101].map((last) => ((97 + 0.198) + (198 + last / 1000)) / 2);
    assert.equal(
      examples[0].note,
      `Counts. Nats per byte: cd ${means[0].toFixed(4)}, ce ${means[1].toFixed(4)}`,
    );
    assert.equal(examples[0].value, 1);
  });
});
