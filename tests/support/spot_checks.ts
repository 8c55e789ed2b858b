// An entry whose run is over the budget, and the states that its author has kept of it.

import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { encodeCheckpoint } from "../../lib/verification/model_file.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import type { VerifyJobResult } from "../../lib/verification/result_schema.ts";
import { askForStates } from "../../lib/verification/ask_states.ts";
import type { TrainedRun } from "./trained_entry.ts";

/** The state of a leaf as `train --keep-states` leaves it. */
export async function keptState(
  { recipe }: Pick<TrainedRun, "recipe">,
  { states }: Pick<TrainedRun, "states">,
  leaf: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const saved = { recipeHash: await recipeHash(recipe), trainWallMs: 1 };
  return encodeCheckpoint(recipe, { checkpoint: states[leaf], ...saved });
}

/** As a job hands it back that found the run over the budget. */
export function overBudget(entry: Entry): VerifyJobResult {
  const at = "2026-11-27T12:00:00.000Z";
  return {
    ...{ startedAt: at, finishedAt: at, kept: [] },
    result: {
      ...{ verdict: "not-reproducible", recipeHash: entry.recipe_hash, engineDigest: "e" },
      ...{ firstDivergentStep: null, reasons: ["over the budget"], leavesCompared: 0 },
      ...{ claimedHead: null, recomputedHead: null, weightDifference: null, segment: null },
      ...{ losses: [], trainedDigest: null, scores: [], verifiers: [] },
      cost: { flops: 0, wallMs: 0 },
    },
  };
}

/** Asks the author of the entry for states, as the end of such a job does. */
export function askAuthor(services: Services, entry: Entry) {
  const { db, queue, config, now } = services;
  return db.transaction().execute((trx) =>
    askForStates(trx, { queue, config }, {
      ...{ entryId: entry.id, run: overBudget(entry), at: now() },
    })
  );
}
