// Cheats with confirmations: agreeing without having trained, and arguing against a verdict.

import { ValidationError } from "../../lib/errors.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry, ProvenanceState } from "../../lib/storage/entry_schema.ts";
import { jsonb } from "../../lib/storage/json.ts";
import { getEntry } from "../../lib/submissions/store.ts";
import { takeConfirmation } from "../../lib/verification/confirm.ts";
import type { Confirmation } from "../../lib/verification/confirmation_schema.ts";
import { drawChallenge } from "../../lib/verification/confirmation_store.ts";
import { loadInputs } from "../../lib/verification/inputs.ts";
import { type Opening, openingOf } from "../../lib/verification/opening.ts";
import { recipeHash } from "../../lib/verification/recipe.ts";
import { runRecipe } from "../../lib/verification/replay.ts";
import { addEntry } from "../../tests/support/entries.ts";
import {
  FIREFOX,
  type KnownRun,
  newKey,
  signed,
  statementOf,
} from "../../tests/support/visitor.ts";
import type { Attack, Found } from "./attack.ts";
import { onBoard } from "./board.ts";
import { honestRecipe, openEngine, readData } from "./forge.ts";

const MODEL = "a".repeat(64);

/** A run of the real engine, and what only who ran it knows. */
let known: Promise<KnownRun> | undefined;

function realRun(): Promise<KnownRun> {
  return known ??= (async () => {
    const { engine } = await openEngine();
    const recipe = await honestRecipe({ steps: 16 });
    const openings: Opening[] = [];
    const { chain } = await runRecipe({
      ...{ recipe, recipeHash: await recipeHash(recipe), engine },
      ...await loadInputs(recipe, readData),
      onLeaf: async (_, { state, lastLoss }) => {
        openings.push(await openingOf(state, lastLoss));
      },
    });
    return { recipe, chain, openings };
  })();
}

/** An entry of that run on which the board has this verdict. */
async function entryOf({ db }: Services, provenance: ProvenanceState): Promise<Entry> {
  const { recipe, chain } = await realRun();
  return await addEntry(db, {
    id: `confirmed-${crypto.randomUUID().slice(0, 8)}`,
    file_digest: crypto.randomUUID(),
    ...{ provenance, model_digest: MODEL, exact_count: provenance === "exact" ? 1 : 0 },
    recipe_hash: await recipeHash(recipe),
    ...{ recipe: jsonb(recipe), chain: jsonb(chain), training_flops: 1e9 },
  });
}

type Said = { statement: Confirmation; openings: Opening[] };

async function said(services: Services, { id }: Entry, divergentStep: number | null = null) {
  const { nonce } = await drawChallenge(services.db, id, services.now());
  return await statementOf({ entry: id, nonce, run: await realRun(), divergentStep });
}

async function publish(services: Services, entry: Entry, { statement, openings }: Said) {
  return await takeConfirmation(
    services,
    entry,
    await signed({ statement, openings }, await newKey()),
  );
}

/** "refused" with the board's words, or "taken". */
async function taking(act: () => Promise<unknown>): Promise<Found> {
  try {
    await act();
    return { outcome: "taken", step: null, detail: "" };
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return { outcome: "refused", step: null, detail: `${error.message}.` };
  }
}

async function verdictAfter({ db }: Services, { id }: Entry, detail: string): Promise<Found> {
  const entry = await getEntry(db, id);
  return { outcome: entry?.provenance ?? "gone", step: null, detail };
}

export const CONFIRMATION_ATTACKS: Attack[] = [
  {
    id: "confirmed-by-copy",
    cheat: "A confirmation with the leaves of the file, by somebody who trained nothing",
    caughtBy: "what the leaves are hashes of, which is in no file",
    expected: "refused",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "exact");
        const { statement, openings } = await said(services, entry);
        const { leaves } = (await realRun()).chain;
        const copied = leaves.map((leaf, j) => ({
          ...{ weights: leaf, m: leaf, v: leaf, loss: openings[j].loss },
        }));
        return await taking(() => publish(services, entry, { statement, openings: copied }));
      }),
  },
  {
    id: "confirmed-again",
    cheat: "Somebody's published confirmation, signed anew with another key",
    caughtBy: "nonce drawn before each replay and used once",
    expected: "refused",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "exact");
        const honest = await said(services, entry);
        await publish(services, entry, honest);
        return await taking(() => publish(services, entry, honest));
      }),
  },
  {
    id: "confirmed-by-old-answers",
    cheat: "The answers of a published confirmation under a nonce of one's own",
    caughtBy: "answers that hold the nonce",
    expected: "refused",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "exact");
        const { statement: published } = await said(services, entry);
        const { statement, openings } = await said(services, entry);
        statement.predicate.tags = published.predicate.tags;
        return await taking(() => publish(services, entry, { statement, openings }));
      }),
  },
  {
    id: "confirmed-by-download",
    cheat:
      "A confirmation of a part of the run, by somebody who only fetched the states at its ends",
    caughtBy: "a checkpoint between them, which nobody gives out",
    expected: "refused",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "exact");
        const segment = { from: 0, to: 2 }, run = await realRun();
        const { nonce } = await drawChallenge(services.db, entry.id, services.now(), segment);
        const [start, , end] = run.openings;
        const fetched = { ...run, openings: [start, { ...end, loss: start.loss }, end] };
        const statement = await statementOf({ entry: entry.id, nonce, run: fetched, segment });
        return await taking(() => publish(services, entry, statement));
      }),
  },
  {
    id: "false-alarm",
    cheat: "Ten visitors who all say that an exact entry is none",
    caughtBy: "the board's own replay decides; it looks again once in a week",
    expected: "exact",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "exact");
        let asked = 0;
        for (let i = 0; i < 10; i++) {
          const { replayAsked } = await publish(services, entry, await said(services, entry, 8));
          asked += replayAsked ? 1 : 0;
        }
        const detail = `The board replays it once more (${asked} time), the verdict stays.`;
        return await verdictAfter(services, entry, detail);
      }),
  },
  {
    id: "false-witnesses",
    cheat: "Ten visitors in two engines who all say that a false entry is exact",
    caughtBy: "confirmations change no verdict",
    expected: "mismatch",
    run: () =>
      onBoard(async (services) => {
        const entry = await entryOf(services, "mismatch");
        for (let i = 0; i < 10; i++) {
          const { nonce } = await drawChallenge(services.db, entry.id, services.now());
          const verifier = i % 2 === 0 ? undefined : FIREFOX;
          const run = await realRun();
          await publish(
            services,
            entry,
            await statementOf({ entry: entry.id, nonce, run, verifier }),
          );
        }
        return await verdictAfter(services, entry, "It stays out of the ranking.");
      }),
  },
];
