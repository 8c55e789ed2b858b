// The smallest cheat of each kind, one bit: the replay has to name the interval it happened in.

import { createBatcher, type TokenBatch } from "../../lib/corpora/batch.ts";
import type { TrainState } from "../../lib/engine/engine.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import type { Attack } from "./attack.ts";
import { forge, honestRecipe, readData, verdictOn, withFlippedBit } from "./forge.ts";

const CAUGHT_BY = "replay of the recipe";

/** One bit of an array of the state flipped after `step`, the run going on from there. */
function flipped(part: "weights" | "m" | "v", step: number, expectedStep: number): Attack {
  const names = { weights: "a weight", m: "a first moment", v: "a second moment" };
  return {
    id: `flipped-${part}-${step}`,
    cheat: `One bit of ${names[part]} flipped after step ${step}`,
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep,
    async run() {
      const after = (state: TrainState) =>
        state.step === step ? { ...state, [part]: withFlippedBit(state[part], 5000) } : state;
      return await verdictOn(await forge(await honestRecipe(), { after }));
    },
  };
}

/** One field of the recipe changed in the run, not in the file. */
function field(name: string, step: number, change: (recipe: Recipe) => Partial<Recipe>): Attack {
  return {
    id: `other-${name.replaceAll(" ", "-")}`,
    cheat: `The run has another ${name} than the recipe`,
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep: step,
    async run() {
      const declared = await honestRecipe();
      const really = await honestRecipe(change(declared));
      return await verdictOn(await forge(declared, { really }));
    },
  };
}

/** The first byte of the corpus that the run reads in `step`, and in no step before. */
async function byteReadFirstIn(step: number): Promise<number> {
  const recipe = await honestRecipe();
  const { sources, tokenizer } = await loadInputs(recipe, readData);
  const { data, seed, batchSize, model: { ctx } } = recipe;
  const text = sources.get("tinyshakespeare")!;
  const batch = createBatcher({ data, sources, tokenizer, ctx, batchSize, seed });
  const rows = Array.from({ length: step }, (_, i) => batch(i + 1).tokens);
  const corpus = new TextDecoder("latin1").decode(text);
  for (let row = 0; row < batchSize; row++) {
    const window = String.fromCharCode(...rows[step - 1].subarray(row * ctx, (row + 1) * ctx));
    const at = corpus.indexOf(window);
    if (at >= 0) return at + 3;
  }
  throw new RangeError(`Step ${step} reads no corpus`);
}

/** The rows of a run from `step` on, drawn with another seed. */
async function rowsOfSeed(seed: number): Promise<(step: number) => TokenBatch> {
  const recipe = await honestRecipe();
  const { sources, tokenizer } = await loadInputs(recipe, readData);
  const { data, batchSize, model: { ctx } } = recipe;
  return createBatcher({ data, sources, tokenizer, ctx, batchSize, seed });
}

/** The binary32 next to this one: its lowest bit flipped. */
function neighbour(value: number): number {
  return withFlippedBit(Float32Array.of(value), 0)[0];
}

export const MUTATIONS: Attack[] = [
  flipped("weights", 0, 0),
  flipped("weights", 6, 8),
  flipped("m", 13, 16),
  flipped("v", 20, 20),
  flipped("weights", 23, 24),
  {
    id: "seed-bit",
    cheat: "The lowest bit of the seed flipped",
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const declared = await honestRecipe();
      const really = await honestRecipe({ seed: declared.seed ^ 1 });
      return await verdictOn(await forge(declared, { really }));
    },
  },
  {
    id: "seed-high-bit",
    cheat: "The highest bit of the seed flipped for the rows from step 14 on",
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep: 16,
    async run() {
      const declared = await honestRecipe();
      const other = await rowsOfSeed(declared.seed + 2 ** 52);
      const batch = (step: number, honest: (step: number) => TokenBatch) =>
        step < 14 ? honest(step) : other(step);
      return await verdictOn(await forge(declared, { batch }));
    },
  },
  {
    id: "swapped-rows",
    cheat: "Two rows of one batch exchanged (step 18)",
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep: 20,
    async run() {
      const recipe = await honestRecipe();
      const { ctx } = recipe.model;
      const swap = (ids: Int32Array) => {
        const copy = new Int32Array(ids);
        copy.set(ids.subarray(ctx, 2 * ctx), 0);
        copy.set(ids.subarray(0, ctx), ctx);
        return copy;
      };
      return await verdictOn(
        await forge(recipe, {
          batch(step, honest) {
            const { tokens, targets } = honest(step);
            return step === 18
              ? { tokens: swap(tokens), targets: swap(targets) }
              : { tokens, targets };
          },
        }),
      );
    },
  },
  {
    id: "corpus-byte",
    cheat: "One bit of one byte of the corpus, first read in step 6",
    caughtBy: CAUGHT_BY,
    expected: "mismatch",
    expectedStep: 8,
    async run() {
      const at = await byteReadFirstIn(6);
      return await verdictOn(
        await forge(await honestRecipe(), { corpus: (bytes) => void (bytes[at] ^= 1) }),
      );
    },
  },
  {
    id: "config-bit",
    cheat: "One bit of a width in the header flipped",
    caughtBy: "shape compared before any work",
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, config: { ...file.config, dMlp: file.config.dMlp ^ 1 } });
    },
  },
  {
    ...field("learning rate", 4, ({ optimizer }) => ({
      optimizer: { ...optimizer, learningRate: neighbour(optimizer.learningRate) },
    })),
    cheat: "One bit of the learning rate flipped in the run, the lowest that counts",
  },
  field("weight decay", 4, ({ optimizer }) => ({ optimizer: { ...optimizer, weightDecay: 0.11 } })),
  field("end of its schedule", 8, ({ optimizer }) => ({
    optimizer: { ...optimizer, schedule: { ...optimizer.schedule, minLearningRate: 0.00031 } },
  })),
  field("share of data", 4, ({ data: [corpus, task] }) => ({
    data: [{ ...corpus, weight: 2 }, task],
  })),
];
