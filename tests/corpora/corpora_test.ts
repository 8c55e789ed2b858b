import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBatcher } from "../../lib/corpora/batch.ts";
import { GENERATORS, REVERSE_16, SORT_6 } from "../../lib/corpora/generators.ts";
import { mulberry32 } from "../../lib/corpora/mulberry32.ts";
import { CounterRandom, STREAM } from "../../lib/corpora/philox.ts";
import { CORPORA, type Corpus } from "../../lib/corpora/registry.ts";
import { type DataSource, loadSources } from "../../lib/corpora/sources.ts";
import { reverse16Trials, sort6Trials } from "../../lib/corpora/trials.ts";
import { IntegrityError, NotFoundError } from "../../lib/errors.ts";
import { sha256Hex } from "../../lib/hash.ts";
import { utf8 } from "../../lib/bytes.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { BYTE_TOKENIZER } from "../../lib/tokenizers/tokenizer.ts";
import { trainBpe } from "../../lib/tokenizers/train_bpe.ts";

const readData = (file: string) =>
  Deno.readFile(new URL(`../../data/${file}`, import.meta.url).pathname);
const SHAKESPEARE = CORPORA[1];
const corpus: DataSource = { corpus: SHAKESPEARE.id, sha256: SHAKESPEARE.sha256, weight: 1 };
const sort: DataSource = { generator: "sort-6", version: 1, params: {}, weight: 1 };
const reverse: DataSource = {
  generator: "reverse-16",
  version: 1,
  params: { minLength: 4, maxLength: 16 },
  weight: 1,
};

const rowRandom = (row: number) => new CounterRandom(1, { stream: STREAM.generator, step: 1, row });
const text = (codes: Int32Array) => String.fromCharCode(...codes);

describe("mulberry32", () => {
  it("gives the numbers the trials are made of", () => {
    const random = mulberry32(0x517);
    assert.deepEqual(Array.from({ length: 6 }, () => Math.floor(random() * 10)), [
      9,
      4,
      5,
      3,
      4,
      2,
    ]);
  });
});

describe("the corpora", () => {
  it("are the files under data/, and training stays inside them", async () => {
    for (const { file, sha256, byteLength, trainRange } of CORPORA as readonly Corpus[]) {
      const bytes = await readData(file);
      assert.equal(await sha256Hex(bytes), sha256);
      assert.equal(bytes.length, byteLength);
      assert.ok(trainRange[0] >= 0 && trainRange[1] <= byteLength);
    }
  });

  it("are loaded once each, and only when they are the declared bytes", async () => {
    const sources = await loadSources([corpus, sort, corpus], readData);
    assert.deepEqual([...sources.keys()], [SHAKESPEARE.id]);
    const altered = () => Promise.resolve(new Uint8Array(SHAKESPEARE.byteLength));
    await assert.rejects(loadSources([corpus], altered), IntegrityError);
    const declared = { ...corpus, sha256: "00".repeat(32) };
    await assert.rejects(loadSources([declared], readData), IntegrityError);
    const unknown = { ...corpus, corpus: "my-diary" };
    await assert.rejects(loadSources([unknown], readData), NotFoundError);
  });
});

describe("the generators", () => {
  it("never emit a prompt of the public trials, and always the right answer", () => {
    const excluded = new Set([...sort6Trials(), ...reverse16Trials()].map(({ prompt }) => prompt));
    for (let row = 0; row < 20_000; row++) {
      const sorted = SORT_6.make(rowRandom(row), {});
      const reversed = REVERSE_16.make(rowRandom(row), { minLength: 4, maxLength: 4 });
      assert.ok(!excluded.has(sorted.prompt) && !excluded.has(reversed.prompt));
      assert.deepEqual(sorted.answer, sorted.prompt.match(/\d/g)!.toSorted().join(" "));
      assert.equal(reversed.answer, [...reversed.prompt.slice(9, -3)].toReversed().join(""));
    }
  });

  it("draw again when a draw is a public trial", () => {
    const trial = sort6Trials()[0];
    const digits = trial.prompt.match(/\d/g)!.map(Number);
    const draws = [...digits, 1, 2, 3, 4, 5, 6];
    const scripted = { below: () => draws.shift()! } as unknown as CounterRandom;
    assert.equal(SORT_6.make(scripted, {}).prompt, "sort: 1 2 3 4 5 6 = ");
  });

  it("draw every length in the range", () => {
    const lengths = new Set<number>();
    for (let row = 0; row < 500; row++) {
      lengths.add(REVERSE_16.make(rowRandom(row), { minLength: 3, maxLength: 7 }).answer.length);
    }
    assert.deepEqual([...lengths].sort(), [3, 4, 5, 6, 7]);
  });

  it("know the context their longest example needs", () => {
    const longest = SORT_6.make(rowRandom(0), {});
    assert.equal(SORT_6.ctxNeeded({}), `${longest.prompt}${longest.answer}\n`.length - 1);
    const params = { minLength: 16, maxLength: 16 };
    const word = REVERSE_16.make(rowRandom(0), params);
    assert.equal(REVERSE_16.ctxNeeded(params), `${word.prompt}${word.answer}\n`.length - 1);
    assert.equal(GENERATORS.length, 2);
  });
});

describe("createBatcher", () => {
  const load = (data: DataSource[]) => loadSources(data, readData);

  it("gives windows of the training range, targets one byte ahead", async () => {
    const sources = await load([corpus]);
    const makeBatch = createBatcher({
      data: [corpus],
      sources,
      tokenizer: BYTE_TOKENIZER,
      ctx: 32,
      batchSize: 8,
      seed: 5,
    });
    const whole = new TextDecoder("latin1").decode(
      sources.get(SHAKESPEARE.id)!.subarray(...SHAKESPEARE.trainRange),
    );
    const { tokens, targets } = makeBatch(3);
    for (let row = 0; row < 8; row++) {
      const input = tokens.subarray(row * 32, row * 32 + 32);
      const target = targets.subarray(row * 32, row * 32 + 32);
      assert.ok(whole.includes(text(input) + text(target.subarray(31))));
      assert.deepEqual(target.subarray(0, 31), input.subarray(1));
    }
  });

  it("gives a step's batch without the steps before it, the same each time", async () => {
    const data = [corpus, sort, reverse];
    const options = {
      data,
      sources: await load(data),
      tokenizer: BYTE_TOKENIZER,
      ctx: 44,
      batchSize: 4,
      seed: 5,
    };
    const first = createBatcher(options);
    for (const step of [1, 2, 3]) first(step);
    assert.deepEqual(createBatcher(options)(4), first(4));
    assert.notDeepEqual(first(5), first(4));
    assert.notDeepEqual(createBatcher({ ...options, seed: 6 })(4), first(4));
  });

  it("starts an example at position 0 and scores its answer and newline only", () => {
    const options = {
      data: [sort],
      sources: new Map(),
      tokenizer: BYTE_TOKENIZER,
      ctx: 40,
      batchSize: 1,
      seed: 1,
    };
    const { tokens, targets } = createBatcher(options)(1);
    const [, prompt, answer] = text(tokens).match(/^(sort: (?:\d ){6}= )((?:\d ?){6})\n+$/)!;
    assert.equal(text(targets.filter((target) => target >= 0)), `${answer}\n`);
    assert.deepEqual(
      Array.from(targets, (target) => target >= 0),
      Array.from(targets, (_, i) => i >= prompt.length - 1 && i < prompt.length + answer.length),
    );
    assert.equal(Math.min(...targets), -1);
  });

  it("fits the longest example into exactly the context it needs", () => {
    const options = {
      data: [sort],
      sources: new Map(),
      tokenizer: BYTE_TOKENIZER,
      ctx: 31,
      batchSize: 1,
      seed: 1,
    };
    const { tokens, targets } = createBatcher(options)(1);
    assert.notEqual(tokens[30], 10);
    assert.equal(targets[30], 10);
  });

  it("shares rows among sources by weight", () => {
    const data = [{ ...sort, weight: 1 }, { ...reverse, weight: 3 }];
    const options = {
      data,
      sources: new Map(),
      tokenizer: BYTE_TOKENIZER,
      ctx: 44,
      batchSize: 2000,
      seed: 1,
    };
    const { tokens } = createBatcher(options)(1);
    const sorts = tokens.filter((_, i) => i % 44 === 0).filter((code) => code === 115).length;
    assert.ok(Math.abs(sorts - 500) < 60, `${sorts}`);
  });

  it("keeps its bits", async () => {
    const data = [corpus, sort, reverse];
    const options = {
      data,
      sources: await load(data),
      tokenizer: BYTE_TOKENIZER,
      ctx: 64,
      batchSize: 16,
      seed: 2 ** 40 + 1,
    };
    const { tokens, targets } = createBatcher(options)(1000);
    const digest = await sha256Hex(new Uint8Array(tokens.buffer), new Uint8Array(targets.buffer));
    assert.equal(digest, "08b7313215e3f3bfa56064ddbbe041d8386b210999372174fd461cf0c6f014a8");
  });

  it("cuts a corpus into tokens once, however often the recipe names it", async () => {
    const sources = await loadSources([corpus], readData);
    let corpora = 0;
    const encode = (bytes: Uint8Array) => {
      if (bytes.length > 1) corpora++;
      return BYTE_TOKENIZER.encode(bytes);
    };
    const tokenizer = { ...BYTE_TOKENIZER, encode };
    const data = Array<DataSource>(64).fill(corpus);
    createBatcher({ data, sources, tokenizer, ctx: 32, batchSize: 4, seed: 1 })(1);
    assert.equal(corpora, 1);
  });

  it("refuses sources that are missing or unknown", () => {
    const options = {
      sources: new Map(),
      tokenizer: BYTE_TOKENIZER,
      ctx: 44,
      batchSize: 1,
      seed: 1,
    };
    assert.throws(() => createBatcher({ ...options, data: [corpus] }), NotFoundError);
    assert.throws(
      () => createBatcher({ ...options, data: [{ ...sort, version: 2 }] }),
      NotFoundError,
    );
    const short = new Map([[SHAKESPEARE.id, new Uint8Array(9)]]);
    assert.throws(
      () => createBatcher({ ...options, data: [corpus], sources: short }),
      IntegrityError,
    );
  });

  describe("with byte-pair encoding", () => {
    /** "t", "th", " t", "he" … of a corpus that says little else. */
    const bpe = new BpeTokenizer(
      trainBpe(utf8("sort: the = 1 2 3\n".repeat(3)), { vocabSize: 264, maxEntryBytes: 8 }),
      8,
    );

    it("gives windows of the encoded training range", async () => {
      const sources = await load([corpus]);
      const options = { data: [corpus], sources, tokenizer: bpe, ctx: 24, batchSize: 6, seed: 9 };
      const { tokens, targets } = createBatcher(options)(2);
      const range = sources.get(SHAKESPEARE.id)!.subarray(...SHAKESPEARE.trainRange);
      const whole = bpe.encode(range);
      for (let row = 0; row < 6; row++) {
        const random = new CounterRandom(9, { stream: STREAM.batch, step: 2, row });
        random.below(1);
        const offset = random.below(whole.length - 24);
        const at = (from: number) => whole.subarray(from, from + 24);
        assert.deepEqual(tokens.subarray(row * 24, row * 24 + 24), at(offset));
        assert.deepEqual(targets.subarray(row * 24, row * 24 + 24), at(offset + 1));
      }
    });

    it("cuts prompt and answer apart, and scores the answer's tokens only", () => {
      const options = { data: [sort], sources: new Map(), tokenizer: bpe, ctx: 34 };
      const { tokens, targets } = createBatcher({ ...options, batchSize: 1, seed: 1 })(1);
      const bytes = { ...options, tokenizer: BYTE_TOKENIZER, batchSize: 1, seed: 1 };
      const example = text(createBatcher(bytes)(1).tokens);
      const split = example.indexOf("= ") + 2, end = example.indexOf("\n") + 1;
      const prompt = bpe.encode(utf8(example.slice(0, split)));
      const answer = bpe.encode(utf8(example.slice(split, end)));
      assert.ok(prompt.length < split);
      const row = [...prompt, ...answer];
      assert.deepEqual([...tokens], [...row, ...new Array(34 - row.length).fill(10)]);
      assert.deepEqual([...targets.filter((target) => target >= 0)], [...answer]);
      assert.equal(targets.findIndex((target) => target >= 0), prompt.length - 1);
    });
  });
});
