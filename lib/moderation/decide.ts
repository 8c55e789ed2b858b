// A moderator's decision: what it changes, its public record and its line of the ledger, together.
// Server only.

import { sql, type Transaction } from "kysely";
import { z } from "zod";
import { type Account, ROLES } from "../accounts/caller.ts";
import { accountByName } from "../accounts/store.ts";
import { NotFoundError, PermissionError, ValidationError } from "../errors.ts";
import { linkSameTraining, lockTrainings } from "../leaderboard/same_training.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Decision } from "../storage/moderation_schema.ts";
import type { Database } from "../storage/schema.ts";
import { visible } from "../submissions/text_fields.ts";
import { sweep } from "../verification/sweep.ts";
import { parseDocument } from "../verification/schema.ts";
import {
  actsFor,
  effectOf,
  ENTRY_ACTS,
  type EntryAct,
  REASON_LENGTH,
  SENDER_ACTS,
  type SenderAct,
} from "./acts.ts";
import { banOf, subjectOf } from "./bans.ts";

type DecisionServices = Pick<Services, "db" | "queue" | "events" | "config" | "now">;
type Trx = Transaction<Database>;

const id = z.string().regex(/^[\w-]{1,64}$/, "an id");
const reason = visible(REASON_LENGTH);

/** As a form sends it. */
const orderSchema = z.union([
  z.object({ act: z.enum(ENTRY_ACTS), entry: id, reason }),
  z.object({ act: z.enum(SENDER_ACTS), author: visible(60), reason, entries: z.string() }),
]);

/**
 * @param fields `act`, `reason`, and `entry` or `author`; with `entries` a ban hides what is there.
 * @throws {ValidationError} when a field is missing, or there is nothing for that act to change.
 * @throws {PermissionError} when somebody of the same or a higher role is to be banned.
 */
export async function decide(
  services: DecisionServices,
  moderator: Account,
  fields: Record<string, string>,
): Promise<Decision> {
  const order = parseDocument(orderSchema, { entries: "", ...fields }, "decision");
  const at = services.now();
  const touched = new Set<string>();
  const decision = await services.db.transaction().execute(async (trx) => {
    // Before any row is changed, as everybody who links trainings does: no two wait for each other.
    await lockTrainings(trx);
    const record = recorder(trx, moderator, order.reason, at);
    if ("entry" in order) {
      touched.add(order.entry);
      return await decideEntry(trx, await entryOf(trx, order.entry), order.act, record, at);
    }
    return await decideSender(trx, moderator, order, record, async (entry) => {
      touched.add(entry.id);
      await decideEntry(trx, entry, "hide", record, at);
    });
  });
  for (const entryId of touched) services.events.publish(entryId);
  // What came on the board may lead it, and leaders are trained again.
  if (decision.act === "promote" || decision.act === "unhide") await sweep(services);
  return decision;
}

type Subject = Pick<
  Decision,
  "entry_id" | "account_id" | "author" | "lab_set_id" | "lab_rater_id" | "lab_prompt_set_id"
>;
type Recorder = (act: Decision["act"], subject: Partial<Subject>) => Promise<Decision>;

/** Writes decisions down: their public record and their line of the ledger. */
export function recorder(trx: Trx, moderator: Account, reason: string, at: Date): Recorder {
  return async (act, subject) => {
    const id = randomId();
    const { entry_id, account_id, author, lab_set_id, lab_rater_id, lab_prompt_set_id } = subject;
    const { seq } = await appendEvent(trx, "decision", {
      ...{ decision: id, act, reason, moderator: moderator.id },
      ...(entry_id && { entry: entry_id }),
      ...(account_id && { account: account_id }),
      ...(author && { author }),
      ...(lab_set_id && { set: lab_set_id }),
      ...(lab_rater_id && { rater: lab_rater_id }),
      ...(lab_prompt_set_id && { prompts: lab_prompt_set_id }),
    }, at);
    return await trx.insertInto("decision").values({
      ...{ id, act, ...subject, reason },
      moderator_id: moderator.id,
      moderator_name: moderator.name,
      ledger_seq: seq,
      created_at: at,
    }).returningAll().executeTakeFirstOrThrow();
  };
}

async function entryOf(trx: Trx, entryId: string): Promise<Entry> {
  const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entryId)
    .executeTakeFirst();
  if (entry) return entry;
  throw new NotFoundError("There is no model with this id", { got: entryId });
}

async function decideEntry(
  trx: Trx,
  entry: Entry,
  act: EntryAct,
  record: Recorder,
  at: Date,
): Promise<Decision> {
  const openFlags = await countOpenFlags(trx, entry.id);
  const possible = actsFor({ ...entry, openFlags });
  if (!possible.includes(act)) throw nothingToDo(act, possible);
  const { change, answersFlags } = effectOf(act);
  await trx.updateTable("entry").set({ ...change, updated_at: sql`now()` })
    .where("id", "=", entry.id).execute();
  const decision = await record(act, { entry_id: entry.id });
  if (answersFlags) {
    await trx.updateTable("flag").set({ decision_id: decision.id })
      .where("entry_id", "=", entry.id).where("decision_id", "is", null).execute();
  }
  // Another entry of the same training may hold the rank now.
  if (change.visibility && entry.model_digest) await linkSameTraining(trx, entry.model_digest, at);
  return decision;
}

async function countOpenFlags(trx: Trx, entryId: string): Promise<number> {
  const { n } = await trx.selectFrom("flag").select((eb) => eb.fn.countAll<number>().as("n"))
    .where("entry_id", "=", entryId).where("decision_id", "is", null).executeTakeFirstOrThrow();
  return n;
}

function nothingToDo(act: string, possible: readonly string[]): ValidationError {
  return new ValidationError(`There is nothing to ${act}, as the model is now`, {
    path: "act",
    expected: possible.join(", ") || "no act",
    got: act,
    fix: "Load the page again: somebody may have decided meanwhile.",
  });
}

/** `author` names an account, or whoever submits under that name without one. */
async function decideSender(
  trx: Trx,
  moderator: Account,
  { act, author, entries }: { act: SenderAct; author: string; entries: string },
  record: Recorder,
  hide: (entry: Entry) => Promise<void>,
): Promise<Decision> {
  const account = await accountByName(trx, author);
  if (account) refuseEqual(moderator, account);
  const sender = { account, author };
  const banned = await banOf(trx, sender);
  if ((act === "ban") === (banned !== null)) {
    throw nothingToDo(act, [act === "ban" ? "unban" : "ban"]);
  }
  const name = account?.name ?? author;
  const decision = await record(act, { account_id: account?.id ?? null, author: name });
  const subject = subjectOf(sender);
  if (act === "unban") await trx.deleteFrom("ban").where("subject", "=", subject).execute();
  else await trx.insertInto("ban").values({ subject, decision_id: decision.id }).execute();
  if (act === "ban" && entries === "hide") {
    for (const entry of await entriesBy(trx, account, author)) await hide(entry);
  }
  return decision;
}

/** Nobody bans their peers: an admin takes the role away first. */
function refuseEqual(moderator: Account, account: Account): void {
  if (ROLES.indexOf(account.role) < ROLES.indexOf(moderator.role)) return;
  throw new PermissionError(`${account.name} has the role "${account.role}"`, {
    expected: `a role below "${moderator.role}"`,
    got: account.role,
    fix: "Ask an admin to take that role away first.",
  });
}

/** What is not hidden yet; of a guest's name only what guests sent. */
function entriesBy(trx: Trx, account: Account | null, author: string): Promise<Entry[]> {
  const query = trx.selectFrom("entry").selectAll().where("visibility", "!=", "hidden");
  return (account
    ? query.where("account_id", "=", account.id)
    : query.where("account_id", "is", null).where("gallery", "=", false)
      .where("author", "=", author)).orderBy("created_at").execute();
}
