import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createBenchmarkModel } from "../../lib/benchmarks/model.ts";
import { fromUtf8, utf8 } from "../../lib/bytes.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import { testEngine } from "../support/engine.ts";

interface Expected {
  tinystories_eval: { bytes_scored: number; mean_nll_nats: number; ppl: number };
  shakespeare_last_4000_chars: { bytes_scored: number; mean_nll_nats: number };
  last_logits_after_Once_upon_a_time_first8: number[];
  logits_argmax: number;
  greedy_100_after_ROMEO: string;
}

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

const expected: Record<string, Expected> = JSON.parse(await read("tests/fixtures/expected.json"));
const engine = await testEngine();
const { stories } = JSON.parse(await read("data/benchmarks/tinystories-eval-v1.json"));
const storyBytes: Uint8Array[] = stories.map(utf8);
const shakespeare = utf8((await read("data/corpora/tinyshakespeare.txt")).slice(-4000));

async function load(name: string) {
  const file = readTinygpt(await Deno.readFile(new URL(`tests/fixtures/${name}`, ROOT)));
  const inference = await engine.loadModel(file.config, file.weights);
  return { inference, model: createBenchmarkModel(inference, engine.math, file.tokenizer) };
}

/** Mean of all values in binary64, and how many there are. */
function mean(parts: readonly Float32Array[]): { mean: number; count: number } {
  const values = parts.flatMap((part) => [...part]);
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    count: values.length,
  };
}

function assertNear(got: number, want: number, relative: number, what: string): void {
  assert.ok(Math.abs(got / want - 1) < relative, `${what}: got ${got}, expected ${want}`);
}

for (const [name, want] of Object.entries(expected)) {
  describe(name, () => {
    it("scores both texts as an independent program in binary64 does", async () => {
      const { model } = await load(name);
      const stories = mean(await model.scoreBytes(storyBytes));
      assert.equal(stories.count, want.tinystories_eval.bytes_scored);
      assertNear(stories.mean, want.tinystories_eval.mean_nll_nats, 1e-6, "TinyStories");
      assertNear(engine.math.exp(stories.mean), want.tinystories_eval.ppl, 1e-6, "perplexity");
      const plays = mean(await model.scoreBytes([shakespeare]));
      assert.equal(plays.count, want.shakespeare_last_4000_chars.bytes_scored);
      assertNear(plays.mean, want.shakespeare_last_4000_chars.mean_nll_nats, 1e-6, "Shakespeare");
    });

    it("gives the same logits after a prompt", async () => {
      const { inference } = await load(name);
      const logits = await inference.nextLogits(utf8("Once upon a time"));
      want.last_logits_after_Once_upon_a_time_first8.forEach((value, i) => {
        assert.ok(Math.abs(logits[i] - value) < 1e-4, `logit ${i}: ${logits[i]} and ${value}`);
      });
      assert.equal(logits.indexOf(Math.max(...logits)), want.logits_argmax);
    });

    it("writes the same hundred bytes, past the end of its context", async () => {
      const { model } = await load(name);
      const [bytes] = await model.generate([utf8("ROMEO:\n")], { maxBytes: 100, temperature: 0 });
      assert.equal(fromUtf8(bytes), want.greedy_100_after_ROMEO);
    });
  });
}
