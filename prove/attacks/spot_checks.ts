// Cheats in runs that are only spot-checked: too long for a whole replay, so parts may be made up.

import { ValidationError } from "../../lib/errors.ts";
import type { Services } from "../../lib/services.ts";
import { deliverState } from "../../lib/submissions/deliver_state.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { newWithdrawalKey, withdrawalDigest } from "../../lib/submissions/withdrawal_key.ts";
import { chainHead } from "../../lib/verification/chain.ts";
import { trainingFlops } from "../../lib/verification/cost.ts";
import { encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { endOverdueChecks } from "../../lib/verification/overdue_checks.ts";
import { type Recipe, recipeHash } from "../../lib/verification/recipe.ts";
import type { RunCheckpoint } from "../../lib/verification/run_checkpoint.ts";
import { drawSegments, joinSample, spotParts } from "../../lib/verification/spot_check.ts";
import { spotCheckOf } from "../../lib/verification/spot_check_store.ts";
import { askAuthor } from "../../tests/support/spot_checks.ts";
import { trainedEntry } from "../../tests/support/trained_entry.ts";
import type { Attack, Found } from "./attack.ts";
import { onBoard } from "./board.ts";
import { honestFile } from "./files.ts";
import { type Deed, forge, type Forged, honestRecipe, replay } from "./forge.ts";

const WEEK_MS = 7 * 24 * 3600_000;
/** Of the six segments of the honest recipe. */
const SEGMENTS = 6;
const DRAWN = 3;

interface Kept {
  file: Forged;
  states: RunCheckpoint[];
}

async function kept(recipe: Recipe, deed: Deed = {}): Promise<Kept> {
  const states: RunCheckpoint[] = [];
  const file = await forge(recipe, { ...deed, keep: (state) => void states.push(state) });
  return { file, states };
}

/** A draw in which this segment is among the drawn, or is not. */
async function drawWith(recipe: Recipe, segment: number, wanted: boolean): Promise<number[]> {
  for (let i = 0;; i++) {
    const nonce = i.toString(16).padStart(64, "0");
    const hash = await recipeHash(recipe);
    const drawn = await drawSegments({ nonce, recipeHash: hash, of: SEGMENTS, count: DRAWN });
    if (drawn.includes(segment) === wanted) return drawn;
  }
}

/** As the jobs of a spot check replay it, from the states that the author delivers. */
async function sampled({ file, states }: Kept, drawn: readonly number[]): Promise<Found> {
  const results = [];
  for (const segment of spotParts(SEGMENTS, drawn)) {
    const resume = segment.from === 0 ? undefined : states[segment.from];
    results.push(await replay(file, { segment, resume }));
  }
  const { leafSteps } = file.chain;
  const joined = joinSample(results, { leafSteps, of: SEGMENTS, draw: drawn });
  const { verdict, firstDivergentStep, reasons } = joined;
  return { outcome: verdict, step: firstDivergentStep, detail: reasons.join(" ") };
}

/** A real start, and from step 13 on a foreign run: the fourth segment alone is false. */
async function spliced(recipe: Recipe): Promise<Kept> {
  const foreign = await forge(await honestRecipe({ steps: 48, seed: 9 }));
  return await kept(recipe, {
    after: (state) =>
      state.step === 13
        ? { ...state, weights: foreign.weights, m: foreign.m!, v: foreign.v! }
        : state,
  });
}

/** An entry of that file whose author is asked for states of two segments. */
async function waiting(services: Services, file: Uint8Array<ArrayBuffer>, recipe: Recipe) {
  const key = newWithdrawalKey();
  services.config.replayFlops = trainingFlops({ ...recipe, steps: 9 });
  const entry = await trainedEntry(services, file, "Long");
  await services.db.updateTable("entry").where("id", "=", entry.id)
    .set({ withdrawal_digest: withdrawalDigest(key) }).execute();
  await askAuthor(services, entry);
  const deliver = async (state: RunCheckpoint) => {
    const saved = { checkpoint: state, recipeHash: entry.recipe_hash!, trainWallMs: 0 };
    await deliverState(services, {
      ...{ entryId: entry.id, claimant: { account: null, key } },
      sender: { account: null, address: "mallory" },
    }, ReadableStream.from([encodeCheckpoint(recipe, saved)]));
  };
  return { entry, deliver, check: (await spotCheckOf(services.db, entry))! };
}

export const SPOT_CHECK_ATTACKS: Attack[] = [
  {
    id: "made-up-checkpoints",
    cheat:
      "A run of which only start and end exist: the checkpoints between are made up, and the " +
      "author of a spot check delivers what there is",
    caughtBy: "states of segments drawn afterwards, compared with the leaves",
    expected: "not-reproducible",
    run: () =>
      onBoard(async (services) => {
        const recipe = await honestRecipe({ seed: 21 });
        const { file, states } = await kept(recipe);
        const leaves = file.chain.leaves.map((leaf, i) =>
          i === 0 || i === SEGMENTS ? leaf : String(i).repeat(64)
        );
        const head = await chainHead(await recipeHash(recipe), recipe.seed, leaves);
        const bytes = await honestFile({ ...file, chain: { ...file.chain, leaves, head } }, {
          recipe,
        });
        const { entry, deliver, check } = await waiting(services, bytes, recipe);
        let refused = 0;
        for (const { leaf } of check.states) {
          await deliver({ ...states[leaf], leaves: leaves.slice(0, leaf + 1) }).catch((error) => {
            if (!(error instanceof ValidationError)) throw error;
            refused++;
          });
        }
        const late = new Date(services.now().getTime() + WEEK_MS + 1);
        await endOverdueChecks({ ...services, now: () => late });
        const { provenance } = (await getEntry(services.db, entry.id))!;
        const detail = `${refused} of ${check.states.length} states were refused; a week later ` +
          "the run counts as not reproducible.";
        return { outcome: provenance, step: null, detail };
      }),
  },
  {
    id: "state-of-another-run",
    cheat: "A state of another run in place of the one that was asked for",
    caughtBy: "hash of the state compared with the leaf, before anything is replayed",
    expected: "refused",
    run: () =>
      onBoard(async (services) => {
        const recipe = await honestRecipe({ seed: 22 });
        const { file, states } = await kept(recipe);
        const other = await kept(await honestRecipe({ seed: 23 }));
        const bytes = await honestFile(file, { recipe });
        const { deliver, check } = await waiting(services, bytes, recipe);
        const { leaf } = check.states[0];
        try {
          await deliver({ ...other.states[leaf], leaves: states[leaf].leaves });
        } catch (error) {
          if (!(error instanceof ValidationError)) throw error;
          return { outcome: "refused", step: null, detail: error.message };
        }
        return { outcome: "taken", step: null, detail: "" };
      }),
  },
  {
    id: "spliced-and-drawn",
    cheat: "A real start, a foreign end, and the segment in which they meet is drawn",
    caughtBy: "replay of the drawn segments",
    expected: "mismatch",
    expectedStep: 16,
    async run() {
      const recipe = await honestRecipe();
      return await sampled(await spliced(recipe), await drawWith(recipe, 3, true));
    },
  },
  {
    id: "spliced-and-missed",
    cheat: "The same, and that segment is not drawn",
    caughtBy: "nothing: the report tells the chance, and sampled is never shown as verified",
    expected: "sampled",
    async run() {
      const recipe = await honestRecipe();
      return await sampled(await spliced(recipe), await drawWith(recipe, 3, false));
    },
  },
  {
    id: "foreign-start",
    cheat: "A long run that begins with weights trained elsewhere and is honest from then on",
    caughtBy: "leaf 0, computed from the seed in every spot check",
    expected: "mismatch",
    expectedStep: 0,
    async run() {
      const recipe = await honestRecipe();
      const { weights } = await forge(await honestRecipe({ seed: 9 }));
      const run = await kept(recipe, {
        after: (state) => state.step === 0 ? { ...state, weights } : state,
      });
      return await sampled(run, await drawWith(recipe, 0, false));
    },
  },
  {
    id: "foreign-end",
    cheat: "The checkpoints of an honest long run above the weights of a better model",
    caughtBy: "state of the end, compared with the weights in the file in every spot check",
    expected: "mismatch",
    expectedStep: 24,
    async run() {
      const recipe = await honestRecipe();
      const { file, states } = await kept(recipe);
      const { weights } = await forge(await honestRecipe({ seed: 9 }));
      const other = { ...file, weights, m: null, v: null };
      return await sampled({ file: other, states }, await drawWith(recipe, SEGMENTS - 1, false));
    },
  },
];
