import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { SamplingOptions } from "../../lib/engine/engine.ts";
import { ValidationError } from "../../lib/errors.ts";
import { generate, nextLogits, scoreSequence } from "../oracle/generate.ts";
import { testEngine } from "../support/engine.ts";
import { assertSameBits, ids } from "./numbers.ts";
import { config, loudWeights } from "./runs.ts";

const engine = await testEngine();

/** layers, dModel, heads, ctx, dMlp, vocabSize: products by single rows (n a multiple of 32) and not. */
const SHAPES = [
  config([2, 24, 3, 19, 44, 36]),
  config([2, 32, 2, 40, 64, 32]),
  config([1, 8, 1, 5, 12, 256]),
];
const WIDE = SHAPES[1];

async function loaded(shape = WIDE, seed = 3) {
  const weights = loudWeights(shape, seed);
  return { weights, model: await engine.loadModel(shape, weights) };
}

function text(length: number, seed: number, shape = WIDE): number[] {
  return [...ids(length, seed, shape.vocabSize)];
}

describe("scoreSequences", () => {
  for (const shape of SHAPES) {
    it(`equals the oracle for every length up to ctx + 1 = ${shape.ctx + 1}`, async () => {
      const { weights, model } = await loaded(shape);
      const sequences = Array.from({ length: shape.ctx + 2 }, (_, n) => text(n, n, shape));
      const scores = await model.scoreSequences(sequences);
      sequences.forEach((tokens, i) => {
        assertSameBits(scores[i], scoreSequence(shape, weights, tokens), `length ${i}`);
      });
    });
  }

  it("gives equal bits alone, together, in any order, and across blocks of rows", async () => {
    const { model } = await loaded();
    // 700 rows: more than are computed at once.
    const sequences = Array.from({ length: 35 }, (_, i) => text(3 + (i * 7) % 38, i));
    const together = await model.scoreSequences(sequences);
    const reversed = await model.scoreSequences(sequences.toReversed());
    for (const [i, sequence] of sequences.entries()) {
      const [alone] = await model.scoreSequences([sequence]);
      assertSameBits(together[i], alone, `sequence ${i} together`);
      assertSameBits(reversed[34 - i], alone, `sequence ${i} reversed`);
    }
  });

  it("refuses sequences that are too long and ids outside the vocabulary", async () => {
    const { model } = await loaded();
    const bad = [text(42, 1), [1, 2, 32], [32, 1], [1, -1, 2], [1.5, 2]];
    for (const tokens of bad) await assert.rejects(model.scoreSequences([tokens]), ValidationError);
  });

  it("stops when it is told to", async () => {
    const { model } = await loaded();
    await assert.rejects(model.scoreSequences([[1, 2]], AbortSignal.abort()), {
      name: "AbortError",
    });
  });
});

describe("nextLogits", () => {
  it("equals the oracle up to a full context", async () => {
    for (const shape of SHAPES) {
      const { weights, model } = await loaded(shape);
      for (const n of [1, 2, 4, shape.ctx]) {
        const tokens = text(n, 40 + n, shape);
        const want = nextLogits(shape, weights, tokens);
        assertSameBits(await model.nextLogits(tokens), want, `after ${n}`);
      }
    }
  });

  it("refuses more tokens than the context holds", async () => {
    const { model } = await loaded();
    await assert.rejects(model.nextLogits(text(41, 1)), ValidationError);
  });

  it("does not see later tokens: changing one leaves earlier logits alone", async () => {
    const { model } = await loaded();
    const tokens = text(30, 5);
    const [before] = await model.scoreSequences([tokens]);
    const [after] = await model.scoreSequences([tokens.with(20, (tokens[20] + 1) % 32)]);
    assertSameBits(after.slice(0, 19), before.slice(0, 19), "before the change");
    assert.notDeepEqual(after.slice(19), before.slice(19));
  });
});

const SAMPLING: [string, SamplingOptions][] = [
  ["greedy", { temperature: 0 }],
  ["sampled", { temperature: 0.9, seed: 6 }],
  ["sampled among the likeliest", { temperature: 1.3, topK: 5, topP: 0.8, seed: 2 ** 35 }],
];

describe("cached, batched generation", () => {
  for (const [name, options] of SAMPLING) {
    it(`equals decoding from the start for every token: ${name}`, async () => {
      for (const shape of SHAPES.slice(0, 2)) {
        const { weights, model } = await loaded(shape, 9);
        // The last two run past the context: the window slides.
        const prompts = [1, 4, 9, shape.ctx - 1, shape.ctx + 6].map((n) => text(n, 60 + n, shape));
        const got = await model.generate(prompts, { ...options, maxTokens: 12 });
        prompts.forEach((prompt, row) => {
          assert.deepEqual(got[row], generate(shape, weights, prompt, 12, options, row), `${row}`);
        });
      }
    });
  }

  it("does not depend on the other rows of the batch", async () => {
    const { model } = await loaded();
    const options = { temperature: 0.7, seed: 11, maxTokens: 8 };
    const prompts = [text(3, 1), text(17, 2), text(1, 3)];
    const together = await model.generate(prompts, options);
    const others = await model.generate([text(8, 9), prompts[1], text(2, 8), text(30, 7)], options);
    assert.deepEqual(others[1], together[1]);
  });

  it("ends a row when it is told to, and tells each token as it comes", async () => {
    const { model } = await loaded();
    const told: number[][] = [[], []];
    const rows = await model.generate([text(3, 1), text(3, 2)], {
      temperature: 1,
      maxTokens: 9,
      stop: (row, tokens) => row === 1 && tokens.length === 4,
      onToken: (row, token) => void told[row].push(token),
    });
    assert.deepEqual(rows.map((row) => row.length), [9, 4]);
    assert.deepEqual(told, rows);
    const free = await model.generate([text(3, 1), text(3, 2)], { temperature: 1, maxTokens: 9 });
    assert.deepEqual(rows[0], free[0]);
    assert.deepEqual(rows[1], free[1].slice(0, 4));
  });

  it("gives nothing for no tokens, and refuses an empty prompt or a foreign id", async () => {
    const { model } = await loaded();
    assert.deepEqual(await model.generate([[1]], { temperature: 0, maxTokens: 0 }), [[]]);
    for (const prompt of [[], [32], [-1]]) {
      await assert.rejects(
        model.generate([prompt], { temperature: 0, maxTokens: 1 }),
        ValidationError,
      );
    }
  });
});

describe("calls on one model", () => {
  const greedy = (maxTokens: number) => ({ temperature: 0, maxTokens });

  it("that overlap give what each gives alone", async () => {
    const { model } = await loaded();
    const prompts = [1, 2, 3].map((seed) => [text(5, seed)]);
    const alone = [];
    for (const [i, prompt] of prompts.entries()) {
      alone.push(await model.generate(prompt, greedy(4 + 6 * i)));
    }
    const together = prompts.map((prompt, i) => model.generate(prompt, greedy(4 + 6 * i)));
    const scored = model.scoreSequences([text(12, 9)]);
    assert.deepEqual(await Promise.all(together), alone);
    assertSameBits((await scored)[0], (await model.scoreSequences([text(12, 9)]))[0], "scores");
  });

  it("that fail give their memory back, however many there are", async () => {
    const { model } = await loaded();
    for (let i = 0; i < 2000; i++) await assert.rejects(model.nextLogits([99]), ValidationError);
    assert.equal((await model.generate([[1]], greedy(3)))[0].length, 3);
  });

  it("refuse an empty context", async () => {
    const { model } = await loaded();
    await assert.rejects(model.nextLogits([]), ValidationError);
  });
});

describe("more sequences than the cache holds", () => {
  // A context so long that eleven sequences fill the cache.
  const long = config([8, 64, 2, 4000, 4, 8]);
  const texts = Array.from({ length: 30 }, (_, i) => text(2 + i % 5, i, long));

  it("are scored in groups with the bits of each alone", async () => {
    const { model } = await loaded(long);
    const together = await model.scoreSequences(texts);
    for (const i of [0, 10, 11, 21, 22, 29]) {
      const [alone] = await model.scoreSequences([texts[i]]);
      assertSameBits(together[i], alone, `sequence ${i}`);
    }
  });

  it("are continued in groups as they are at once", async () => {
    const { model } = await loaded(long);
    const options = { temperature: 1, seed: 12 };
    const atOnce = await model.generate(texts, { ...options, maxTokens: 3 });
    const inGroups = await model.generate(texts, {
      ...options,
      maxTokens: 3990,
      stop: (_, tokens) => tokens.length === 3,
    });
    assert.deepEqual(inGroups, atOnce);
  });
});

describe("loading", () => {
  it("refuses a shape that cannot be computed and weights that do not fit it", async () => {
    const shape = config([1, 8, 2, 4, 18, 12]);
    await assert.rejects(engine.loadModel(shape, loudWeights(shape, 1)), ValidationError);
    const fits = loudWeights(WIDE, 1);
    await assert.rejects(engine.loadModel(WIDE, fits.slice(1)), ValidationError);
  });
});
