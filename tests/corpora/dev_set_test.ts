import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBatcher } from "../../lib/corpora/batch.ts";
import { devRows, devSet } from "../../lib/corpora/dev_set.ts";
import { CORPORA, trainingRange } from "../../lib/corpora/registry.ts";
import { type DataSource, loadSources } from "../../lib/corpora/sources.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { BpeTokenizer } from "../../lib/tokenizers/bpe.ts";
import { BYTE_TOKENIZER as tokenizer } from "../../lib/tokenizers/tokenizer.ts";

const readData = (file: string) =>
  Deno.readFile(new URL(`../../data/${file}`, import.meta.url).pathname);
const [STORIES, SHAKESPEARE] = CORPORA;
const named = { corpus: SHAKESPEARE.id, sha256: SHAKESPEARE.sha256 };
const sources = await loadSources([named], readData);
const whole = sources.get(SHAKESPEARE.id)!;
const sort: DataSource = { generator: "sort-6", version: 1, params: {}, weight: 1 };

describe("a dev set of text", () => {
  it("scores every byte of the file's end but the first, once and in order", () => {
    for (const bytes of [2, 31, 32, 33, 34, 1000]) {
      const dev = { ...named, bytes }, ctx = 32;
      const { tokens, targets } = devSet({ dev, sources, tokenizer, ctx, seed: 1 });
      const end = [...whole.subarray(whole.length - bytes)];
      assert.equal(tokens.length, devRows(dev, ctx) * ctx);
      const scored = [...targets.keys()].filter((i) => targets[i] >= 0);
      assert.deepEqual(scored.map((i) => targets[i]), end.slice(1));
      assert.deepEqual(scored.map((i) => tokens[i]), end.slice(0, -1));
    }
  });

  it("is cut by the run's tokenizer", () => {
    const pairs = new BpeTokenizer(Uint16Array.of(116, 104, 111, 117, 32, 97, 105, 110), 2);
    const dev = { ...named, bytes: 1000 }, ctx = 32;
    const { tokens, targets } = devSet({ dev, sources, tokenizer: pairs, ctx, seed: 1 });
    const text = pairs.encode(whole.subarray(whole.length - 1000));
    assert.ok(text.includes(256) && text.length < 1000);
    assert.deepEqual([...targets].filter((target) => target >= 0), [...text.subarray(1)]);
    assert.equal(tokens.length, Math.ceil((text.length - 1) / ctx) * ctx);
  });

  it("is never trained on", () => {
    const ctx = 8, bytes = whole.length - 24, data = [{ ...named, weight: 1 }];
    const heldOut = { corpus: SHAKESPEARE.id, bytes };
    const options = { data, sources, tokenizer, heldOut, ctx, batchSize: 64, seed: 3 };
    const { tokens, targets } = createBatcher(options)(1);
    const free = new TextDecoder("latin1").decode(whole.subarray(0, 24));
    const offsets = new Set<number>();
    for (let row = 0; row < 64; row++) {
      const window = [...tokens.subarray(row * ctx, row * ctx + ctx), targets[row * ctx + ctx - 1]];
      const at = free.indexOf(String.fromCharCode(...window));
      assert.ok(at >= 0, `row ${row}`);
      offsets.add(at);
    }
    assert.equal(Math.max(...offsets), 24 - ctx - 1, "the last window ends where the set begins");
  });

  it("leaves other corpora, and what is held out anyway, as they are", () => {
    assert.deepEqual(trainingRange(STORIES), [...STORIES.trainRange]);
    assert.deepEqual(trainingRange(SHAKESPEARE, 1000), [...SHAKESPEARE.trainRange]);
    assert.deepEqual(trainingRange(STORIES, 559), [0, 4_000_000]);
    const data = [{ ...named, weight: 1 }],
      options = { data, sources, tokenizer, ctx: 16, batchSize: 4 };
    const heldOut = { corpus: STORIES.id, bytes: 1000 };
    const plain = createBatcher({ ...options, seed: 2 })(5);
    assert.deepEqual(createBatcher({ ...options, heldOut, seed: 2 })(5), plain);
  });

  it("needs the corpus' bytes", () => {
    const dev = { ...named, bytes: 100 };
    assert.throws(
      () => devSet({ dev, sources: new Map(), tokenizer, ctx: 8, seed: 1 }),
      NotFoundError,
    );
  });
});

describe("a dev set of examples", () => {
  it("is the rows of step 0, which no step of training has", () => {
    const { weight: _weight, ...generator } = sort;
    const dev = { ...(generator as typeof sort & { generator: string }), rows: 5 };
    const options = { sources: new Map(), tokenizer, ctx: 32, seed: 7 };
    const { tokens, targets } = devSet({ dev, ...options });
    const batcher = createBatcher({ data: [sort], batchSize: 5, ...options });
    assert.deepEqual({ tokens, targets }, batcher(0));
    assert.notDeepEqual(tokens, batcher(1).tokens);
  });
});
