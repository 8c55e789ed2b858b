// An editor's order to look at a run again. The order is a line of the ledger, with what it drew.

import type { Account } from "../accounts/caller.ts";
import { replayLimits } from "../config.ts";
import { NotFoundError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import { askForReplay, type Asking } from "./ask_replay.ts";
import { type ReplayLimits } from "./cost.ts";
import { askForFreshSeeds } from "./seed_audit_store.ts";

/** What may be ordered of a run. */
export const ORDERS = ["replay", "fresh-seeds"] as const;
export type ReplayOrder = typeof ORDERS[number];

type OrderServices = Pick<Services, "db" | "queue" | "events" | "now" | "config">;

/**
 * @throws {NotFoundError} when no scored entry has this id.
 * @throws {ValidationError} when there is nothing to replay, it is on its way, or `wanted` is no order.
 * @throws {BudgetError} when fresh seeds would take more than one replay may.
 */
export async function orderReplay(
  services: OrderServices,
  editor: Account,
  { entryId, wanted }: { entryId: string; wanted: string },
): Promise<void> {
  const { db, queue, events, now, config } = services;
  const order = ORDERS.find((order) => order === wanted);
  if (order === undefined) {
    throw new ValidationError("There is no such order", {
      expected: ORDERS.join(", "),
      got: wanted.slice(0, 40),
      fix: "Use the buttons on the page of the model.",
    });
  }
  await db.transaction().execute(async (trx) => {
    const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entryId)
      .where("status", "=", "scored").forUpdate().executeTakeFirst();
    if (entry === undefined) throw new NotFoundError("There is no scored model with this id");
    if (entry.recipe === null) throw nothingToRun();
    const asking = { trx, queue, askedBy: editor.id };
    const found = await CARRY_OUT[order](asking, entry, replayLimits(config));
    if (found === null) throw onItsWay();
    const payload = { entry: entryId, order, by: editor.id, ...found };
    await appendEvent(trx, "replay-order", payload, now());
  });
  events.publish(entryId);
}

/** What the ledger says of it, or null when it is on its way. */
type CarryOut = (asking: Asking, entry: Entry, limits: ReplayLimits) => Promise<object | null>;

const CARRY_OUT: Record<ReplayOrder, CarryOut> = {
  async replay(asking, entry) {
    const jobs = await askForReplay(asking, entry);
    return jobs === null ? null : { jobs };
  },
  "fresh-seeds": askForFreshSeeds,
};

function nothingToRun(): ValidationError {
  return new ValidationError("This model has no recipe, so there is nothing to train again", {
    expected: "a model trained by an exact engine",
    got: "one whose origin is declared only",
  });
}

function onItsWay(): ValidationError {
  return new ValidationError("That is on its way already", {
    expected: "one at a time",
    got: "an open order of this kind",
    fix: "See on the status page of the model how far it is.",
  });
}
