// Cheats in what a file claims: the replay of its recipe finds each, and the interval it began in.

import { chainHead } from "../../lib/verification/chain.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import type { Attack } from "./attack.ts";
import { forge, type Forged, honestRecipe, replay, verdictOn, withFlippedBit } from "./forge.ts";

const REPLAY = "replay of the recipe";
/** The next number above 0 in binary64, as a share of 1. */
const ULP = 2 ** -52;

/** The file with these leaves in its chain, and the head that follows from them. */
async function withLeaves(file: Forged, leaves: string[]): Promise<Forged> {
  const recipe = await honestRecipe();
  const head = chainHead(await recipeHash(recipe), recipe.seed, leaves);
  return { ...file, chain: { ...file.chain, leaves, head } };
}

export const CLAIM_ATTACKS: Attack[] = [
  {
    id: "none",
    cheat: "None: an honest run, to show that the others are caught for what they do",
    caughtBy: "nothing",
    expected: "exact",
    run: async () => verdictOn(await forge(await honestRecipe())),
  },
  {
    id: "fake-score",
    cheat: "A published score one unit in the last place too good",
    caughtBy: "scores computed again from the replayed weights",
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      const file = await forge(await honestRecipe());
      const key = { benchmark: "sort-6", version: 1 };
      const { scores: [{ recomputed }] } = await replay(file, {
        claimedScores: [{ ...key, score: -1 }],
      });
      const score = recomputed === 0 ? Number.MIN_VALUE : recomputed * (1 + ULP);
      return await verdictOn(file, { claimedScores: [{ ...key, score }] });
    },
  },
  {
    id: "fake-config",
    cheat: "A header that states another shape than the recipe",
    caughtBy: "shape compared before any work",
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, config: { ...file.config, heads: 4 } });
    },
  },
  {
    id: "edited-weight",
    cheat: "One bit of one weight edited after training",
    caughtBy: "weights compared as bits",
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, weights: withFlippedBit(file.weights, 4321) });
    },
  },
  {
    id: "edited-weight-and-chain",
    cheat: "Answers written into the weights before the last checkpoint, the chain made to fit",
    caughtBy: REPLAY,
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      return await verdictOn(
        await forge(await honestRecipe(), {
          after: (state) =>
            state.step === 24
              ? { ...state, weights: state.weights.map((weight) => weight * 1.01) }
              : state,
        }),
      );
    },
  },
  {
    id: "reordered-batch",
    cheat: "Two batches of the run exchanged (steps 10 and 11)",
    caughtBy: REPLAY,
    expected: "mismatch",
    expectedStep: 12,
    async run() {
      const other: Record<number, number> = { 10: 11, 11: 10 };
      return await verdictOn(
        await forge(await honestRecipe(), {
          batch: (step, honest) => honest(other[step] ?? step),
        }),
      );
    },
  },
  {
    id: "wrong-seed",
    cheat: "Another seed than the declared one",
    caughtBy: REPLAY,
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const really = await honestRecipe({ seed: 8 });
      return await verdictOn(await forge(await honestRecipe(), { really }));
    },
  },
  {
    id: "spliced-chain",
    cheat: "A real start, then weights of a longer run: the chain jumps once",
    caughtBy: `full ${REPLAY}`,
    expected: "mismatch",
    expectedStep: 16,
    async run() {
      const recipe = await honestRecipe();
      const foreign = await forge(await honestRecipe({ steps: 48, seed: 9 }));
      const spliced = await forge(recipe, {
        after: (state) =>
          state.step === 13
            ? { ...state, weights: foreign.weights, m: foreign.m!, v: foreign.v! }
            : state,
      });
      return await verdictOn(spliced);
    },
  },
  {
    id: "borrowed-leaves",
    cheat: "The leaves of an honest run above the weights of another",
    caughtBy: "last leaf and weights compared",
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      const [honest, other] = [
        await forge(await honestRecipe()),
        await forge(await honestRecipe({ seed: 8 })),
      ];
      return await verdictOn(
        await withLeaves({ ...other, recipe: honest.recipe }, honest.chain.leaves),
      );
    },
  },
  {
    id: "head-alone",
    cheat: "A head that does not follow from its leaves",
    caughtBy: "head computed again",
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      const file = await forge(await honestRecipe());
      return await verdictOn({ ...file, chain: { ...file.chain, head: "0".repeat(64) } });
    },
  },
];
