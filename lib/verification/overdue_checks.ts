// Gives up spot checks whose states did not come in time: the run then has the verdict that it is
// over the budget.

import type { Services } from "../services.ts";
import { applyVerification } from "./apply.ts";
import { endReplay, holdOpenReplay } from "./replay_store.ts";
import { missedResult, removeSpotStates } from "./ask_states.ts";
import { overdueChecks, spotCheckOf } from "./spot_check_store.ts";

type Overdue = Pick<Services, "db" | "blobs" | "signer" | "events" | "now">;

/** Ids of the entries concerned. */
export async function endOverdueChecks(services: Overdue): Promise<string[]> {
  const { db, events, now } = services;
  const ended: string[] = [];
  for (const id of await overdueChecks(db, now())) {
    const entryId = await endCheck(services, id);
    if (entryId === null) continue;
    events.publish(entryId);
    ended.push(entryId);
  }
  if (ended.length > 0) await removeSpotStates(services);
  return ended;
}

/** Null when the last state came at this very moment. */
function endCheck({ db, signer, now }: Overdue, id: string): Promise<string | null> {
  return db.transaction().execute(async (trx) => {
    const at = now();
    const replay = await holdOpenReplay(trx, id);
    if (replay === null || replay.deadline === null || replay.deadline > at) return null;
    const entry = await trx.selectFrom("entry").select(["id", "chain"])
      .where("id", "=", replay.entry_id).executeTakeFirstOrThrow();
    const { states = [], of = 0, drawn = [] } = await spotCheckOf(trx, entry) ?? {};
    const missing = states.filter(({ delivered }) => !delivered).length;
    const why = `its author was asked for ${states.length} states, to check ${drawn.length} of ` +
      `${of} segments, and ${missing} of them did not come by ${replay.deadline.toISOString()}`;
    await endReplay(trx, id, { state: "failed", reason: `Not checked: ${why}.` });
    await applyVerification(trx, entry.id, missedResult(replay, why), { at, signer });
    return entry.id;
  });
}
