// Cheats against the board itself: somebody else's work, chosen seeds, invented times.

import { modelDigest } from "../../lib/format/digest.ts";
import { readTinygpt } from "../../lib/format/read.ts";
import type { Services } from "../../lib/services.ts";
import type { Entry } from "../../lib/storage/entry_schema.ts";
import { applyScoreResult } from "../../lib/submissions/apply.ts";
import { receiveSubmission } from "../../lib/submissions/intake.ts";
import type { ScoreJobResult } from "../../lib/submissions/score_result.ts";
import { getEntry, updateEntry } from "../../lib/submissions/store.ts";
import type { Recipe } from "../../lib/verification/recipe.ts";
import { recipeCommitment, type Ticket } from "../../lib/verification/ticket.ts";
import { issueTicket, seedOrigin } from "../../lib/verification/ticket_store.ts";
import { pgliteBackend, type TestDatabase } from "../../tests/support/databases.ts";
import { testServices } from "../../tests/support/services.ts";
import type { Attack, Found } from "./attack.ts";
import { honestFile } from "./files.ts";
import { forge, honestRecipe, openEngine, verdictOn } from "./forge.ts";

const AT = new Date("2026-11-26T12:00:00Z");

/** One board for all of these attacks: opening one takes seconds. */
let opened: Promise<{ storage: TestDatabase; services: Services }> | undefined;

function openBoard() {
  return opened ??= (async () => {
    const storage = await pgliteBackend().open();
    return { storage, services: await testServices(storage) };
  })();
}

/** Closes the board of the attacks, if one was opened. */
export async function closeBoard(): Promise<void> {
  const board = await opened;
  opened = undefined;
  await board?.services.close();
  await board?.storage.close();
}

export async function onBoard(run: (services: Services) => Promise<Found>): Promise<Found> {
  return await run((await openBoard()).services);
}

function submit(services: Services, bytes: Uint8Array, author: string) {
  return receiveSubmission(services, ReadableStream.from([bytes]), {
    ...{ name: `Model of ${author}`, author, blurb: "", fileName: "model.tinygpt" },
  });
}

/** What the scoring job finds out about the weights of a file. */
async function scored(services: Services, entryId: string, bytes: Uint8Array): Promise<void> {
  const { engine } = await openEngine();
  const file = readTinygpt(bytes);
  const result: ScoreJobResult = {
    facts: {
      modelDigest: await modelDigest(file.config, file.weights, file.tokenizer),
      parameters: file.weights.length,
      ...{ trainingFlops: null, trainingTokens: null, selfReportedMs: null, recipeHash: null },
      ...{ recipe: file.recipe, chain: file.chain, config: file.config, dtype: file.dtype },
      ...{ lossHistory: null, samples: [] },
    },
    ...{ scores: [], probes: [], twins: null, engineDigest: engine.digest },
  };
  await services.db.transaction().execute((trx) => applyScoreResult(trx, entryId, result, AT));
}

async function ticketFor({ db }: Services, account: string, recipe: Recipe): Promise<Ticket> {
  const commitment = await recipeCommitment(recipe);
  return await db.transaction().execute((trx) => issueTicket(trx, { account, commitment }, AT));
}

/** An entry of that account whose file declares this recipe, as it is once it is scored. */
async function entryOf(services: Services, account: string, recipe: Recipe): Promise<Entry> {
  const file = await honestFile(await forge(recipe), { recipe });
  const { entryId } = await submit(services, file, account);
  await updateEntry(services.db, entryId, { account_id: account });
  await scored(services, entryId, file);
  return (await getEntry(services.db, entryId))!;
}

export const BOARD_ATTACKS: Attack[] = [
  {
    id: "copied-file",
    cheat: "Somebody else's file under another name",
    caughtBy: "SHA-256 of the file",
    expected: "first entry",
    run: () =>
      onBoard(async (services) => {
        const bytes = await honestFile(await forge(await honestRecipe()));
        const first = await submit(services, bytes, "Ada");
        const second = await submit(services, bytes, "Mallory");
        const same = first.entryId === second.entryId;
        return {
          outcome: same ? "first entry" : "entry of its own",
          step: null,
          detail: same ? "The file leads to the page of who sent it first." : "",
        };
      }),
  },
  {
    id: "copied-weights",
    cheat: "Somebody else's weights in a file with another header",
    caughtBy: "digest of shape and weights",
    expected: "linked",
    run: () =>
      onBoard(async (services) => {
        const forged = await forge(await honestRecipe({ steps: 8 }));
        const files = [
          await honestFile(forged, { author: "Ada" }),
          await honestFile(forged, { author: "Mallory" }),
        ];
        const ids: string[] = [];
        for (const bytes of files) {
          const { entryId } = await submit(services, bytes, `author ${ids.length}`);
          await scored(services, entryId, bytes);
          ids.push(entryId);
        }
        const copy = await getEntry(services.db, ids[1]);
        const linked = ids[0] !== ids[1] && copy?.duplicate_of === ids[0];
        return {
          outcome: linked ? "linked" : "entry of its own",
          step: null,
          detail: linked ? "It is linked to the first submission, which holds the rank." : "",
        };
      }),
  },
  {
    id: "borrowed-ticket",
    cheat: "A seed that somebody else drew with a ticket",
    caughtBy: "seeds bound to the account",
    expected: "free seed",
    run: () =>
      onBoard(async (services) => {
        const recipe = await honestRecipe({ steps: 8 });
        const ticket = await ticketFor(services, "ada", recipe);
        const stolen = await entryOf(services, "mallory", { ...recipe, seed: ticket.seed });
        const origin = await seedOrigin(services.db, stolen, { ...recipe, seed: ticket.seed });
        const caught = stolen.ticket === null && origin?.kind === "foreign";
        return {
          outcome: caught ? "free seed" : "ticketed",
          step: null,
          detail: caught ? "The entry is marked as one of somebody else's ticket." : "",
        };
      }),
  },
  {
    id: "seed-shopping",
    cheat: "Fifty tickets for one recipe, the best seed submitted",
    caughtBy: "number of tickets shown with the entry and signed in its report",
    expected: "counted",
    run: () =>
      onBoard(async (services) => {
        const recipe = await honestRecipe({ steps: 12 });
        const tickets = [];
        for (let i = 0; i < 50; i++) tickets.push(await ticketFor(services, "mallory", recipe));
        const best = { ...recipe, seed: tickets[17].seed };
        const origin = await seedOrigin(
          services.db,
          await entryOf(services, "mallory", best),
          best,
        );
        const taken = origin?.kind === "ticket" ? origin.count.ofRecipe : 0;
        return {
          outcome: taken === 50 ? "counted" : "not counted",
          step: null,
          detail: `The entry shows one of ${taken} tickets for this recipe.`,
        };
      }),
  },
  {
    id: "fake-training-time",
    cheat: "A training time of one millisecond",
    caughtBy: "nothing: it cannot be verified, so it decides nothing; ranks use computed FLOPs",
    expected: "exact",
    async run() {
      const honest = await forge(await honestRecipe());
      const file = readTinygpt(await honestFile(honest, { trainWallMs: 1 }));
      const found = await verdictOn({ ...file, m: null, v: null });
      return { ...found, detail: "The time is shown as self-reported and in no ranking." };
    },
  },
];
