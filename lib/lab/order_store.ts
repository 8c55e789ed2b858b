// Sets that accounts have the server generate: orders, what came of them so far, and their end.
// Server only.

import { type Kysely, sql } from "kysely";
import type { Account } from "../accounts/caller.ts";
import {
  BudgetError,
  GoneError,
  NotFoundError,
  PermissionError,
  QuotaError,
  ValidationError,
} from "../errors.ts";
import type { Trx } from "../queue/queue.ts";
import { OPEN_STATES } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import type { Job, JobState } from "../storage/job_schema.ts";
import { jsonb, storable } from "../storage/json.ts";
import type { LabOrder } from "../storage/lab_schema.ts";
import type { Database } from "../storage/schema.ts";
import { requireStanding } from "../submissions/require.ts";
import { parseDocument } from "../verification/schema.ts";
import {
  type Completion,
  type CompletionsDraft,
  decodingOf,
  type SearchOptions,
} from "./generate/completions.ts";
import {
  type Generated,
  type Generation,
  MOST_OPEN_ORDERS,
  MOST_ORDER_FLOPS,
  MOST_PROMPT_CHARACTERS,
  orderSchema,
  searchFlops,
} from "./generate/order.ts";
import { assertJoinable, keepCompletionsIn } from "./generated_store.ts";
import { requireAnyPromptSet, requirePromptSet, requireRubric } from "./store.ts";
import type { Prompt } from "./types.ts";

/**
 * Takes an order in and puts its job in the queue.
 *
 * @throws {ValidationError} when it is none, or the set to join is of another kind.
 * @throws {NotFoundError | GoneError} for a model, prompts or a rubric that are not there.
 * @throws {BudgetError} for more work than a job may be.
 * @throws {QuotaError} when as many of this account's are open as may be.
 */
export async function placeOrder(
  { db, queue, now }: Pick<Services, "db" | "queue" | "now">,
  account: Account,
  document: unknown,
): Promise<LabOrder> {
  const draft = parseDocument(orderSchema, document, "order");
  const entry = await requireStanding(db, draft.entry);
  const model = draft.model.trim() || entry.name;
  const { prompts } = await requirePromptSet(db, draft.promptSetId);
  await requireRubric(db, draft.rubricId);
  const work = workOf(entry, prompts, draft.search);
  if (draft.into !== null) {
    await assertJoinable(db, draft.into, { ...draft, model }, { accountId: account.id });
  }
  return await db.transaction().execute(async (trx) => {
    await mustHaveRoom(trx, account.id);
    const order = await trx.insertInto("lab_order").values({
      ...{ id: randomId(), entry_id: entry.id, account_id: account.id, created_at: now() },
      ...{ prompt_set_id: draft.promptSetId, rubric_id: draft.rubricId, into_set: draft.into },
      ...{ name: draft.name.trim(), model, search: jsonb(draft.search), work, set_id: null },
    }).returningAll().executeTakeFirstOrThrow();
    await queue.enqueueGenerate(trx, { id: order.id, entryId: entry.id, work });
    return order;
  });
}

/** @throws {ValidationError} for a model that was not scored. @throws {BudgetError} */
function workOf(entry: Entry, prompts: readonly Prompt[], search: SearchOptions): number {
  if (entry.status !== "scored" || entry.parameters === null || entry.visibility !== "public") {
    throw new ValidationError("This model cannot complete anything", {
      path: "entry",
      expected: "a model that is scored and on the board",
      got: entry.status === "scored" ? "one that waits for a moderator" : entry.status,
      fix: "Its status page says how far it is.",
    });
  }
  const characters = prompts.reduce((sum, { text }) => sum + text.length, 0);
  const { ctx } = Object(entry.config);
  const { parameters } = entry;
  const work = searchFlops(prompts, search, {
    parameters,
    ctx: typeof ctx === "number" ? ctx : null,
  });
  if (work <= MOST_ORDER_FLOPS && characters <= MOST_PROMPT_CHARACTERS) return work;
  const tooLong = characters > MOST_PROMPT_CHARACTERS;
  throw new BudgetError("This set is more than the server generates for anybody", {
    expected: tooLong
      ? `at most ${MOST_PROMPT_CHARACTERS} characters of prompts`
      : `at most ${MOST_ORDER_FLOPS.toExponential()} FLOPs`,
    got: tooLong ? String(characters) : work.toExponential(1),
    fix: "Take fewer tokens, beams or prompts, or your own machine: deno task cli lab generate",
  });
}

/** Holds other orders of the account until the transaction ends. @throws {QuotaError} */
async function mustHaveRoom(trx: Trx, accountId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`lab orders of ${accountId}`}, 1))`
    .execute(trx);
  const { n } = await trx.selectFrom("job")
    .innerJoin("lab_order", "lab_order.id", "job.lab_order_id")
    .select((eb) => eb.fn.countAll<number>().as("n"))
    .where("lab_order.account_id", "=", accountId).where("job.state", "in", OPEN_STATES)
    .executeTakeFirstOrThrow();
  if (Number(n) < MOST_OPEN_ORDERS) return;
  throw new QuotaError("As many of your sets wait or are generated as may at a time", {
    expected: `fewer than ${MOST_OPEN_ORDERS}`,
    got: String(n),
    fix: "Wait until one is done, or call one off.",
    retryAfterSeconds: null,
  });
}

/** @throws {NotFoundError} when there is none, or it is not this account's. */
export async function requireOrder(
  db: Kysely<Database>,
  id: string,
  account: Account,
): Promise<LabOrder> {
  const order = await db.selectFrom("lab_order").selectAll().where("id", "=", storable(id))
    .executeTakeFirst();
  if (order && (order.account_id === account.id || account.role === "admin")) return order;
  throw new NotFoundError("There is no such order of yours", {
    got: id.slice(0, 64),
    fix: "Your orders stand on /lab/generate.",
  });
}

/** An order with the name of its prompts and the state of its newest job. */
export type OrderListed = LabOrder & { prompts: string; state: JobState | null };

/** The newest of an account. */
export function ordersOf(
  db: Kysely<Database>,
  accountId: string,
  limit = 20,
): Promise<OrderListed[]> {
  return db.selectFrom("lab_order")
    .innerJoin("lab_prompt_set", "lab_prompt_set.id", "lab_order.prompt_set_id")
    .selectAll("lab_order")
    .select((eb) => [
      "lab_prompt_set.name as prompts",
      eb.selectFrom("job").whereRef("job.lab_order_id", "=", "lab_order.id").select("job.state")
        .orderBy("job.created_at", "desc").limit(1).as("state"),
    ])
    .where("lab_order.account_id", "=", accountId)
    .orderBy("lab_order.created_at", "desc").orderBy("lab_order.id").limit(limit).execute();
}

/** The newest job of an order. */
export async function jobOfOrder(db: Kysely<Database>, orderId: string): Promise<Job | null> {
  return await db.selectFrom("job").selectAll().where("lab_order_id", "=", orderId)
    .orderBy("created_at", "desc").orderBy("id").limit(1).executeTakeFirst() ?? null;
}

export async function countTexts(db: Kysely<Database>, orderId: string): Promise<number> {
  const { n } = await db.selectFrom("lab_order_text").where("order_id", "=", orderId)
    .select((eb) => eb.fn.countAll<number>().as("n")).executeTakeFirstOrThrow();
  return Number(n);
}

/** Calls it off; what is complete stays, and a further job goes on from there. */
export async function cancelOrder(
  { db, queue, events }: Pick<Services, "db" | "queue" | "events">,
  { id, entry_id: entryId }: LabOrder,
): Promise<boolean> {
  const cancelled = await db.transaction().execute((trx) => queue.cancelOrder(trx, id)) > 0;
  if (cancelled) events.publish(entryId);
  return cancelled;
}

/**
 * Another job for an order whose last one ended without a set.
 * @throws {QuotaError} as for a new one.
 */
export async function resumeOrder(
  { db, queue, events }: Pick<Services, "db" | "queue" | "events">,
  order: LabOrder,
): Promise<void> {
  if (order.set_id !== null) return;
  await requireStanding(db, order.entry_id);
  await db.transaction().execute(async (trx) => {
    await mustHaveRoom(trx, order.account_id);
    await enqueueOrder(trx, queue, order);
  });
  events.publish(order.entry_id);
}

/** Null when its job waits or runs already. */
export function enqueueOrder(
  trx: Trx,
  queue: Services["queue"],
  { id, entry_id: entryId, work }: LabOrder,
): Promise<string | null> {
  return queue.enqueueGenerate(trx, { id, entryId, work });
}

/** Of a job, by the id it bears. */
export async function orderOf(db: Kysely<Database>, id: string | null): Promise<LabOrder> {
  return await db.selectFrom("lab_order").selectAll().where("id", "=", id ?? "")
    .executeTakeFirstOrThrow();
}

/** What a job of the order has left to do. */
export async function generationOf(db: Kysely<Database>, orderId: string): Promise<Generation> {
  const order = await orderOf(db, orderId);
  const { prompts } = await requireAnyPromptSet(db, order.prompt_set_id);
  const done = new Set((await textsOf(db, orderId)).map(({ promptId }) => promptId));
  return {
    search: order.search,
    done: done.size,
    prompts: prompts.filter(({ id }) => !done.has(id)).map(({ id, text }) => ({ id, text })),
  };
}

async function textsOf(db: Kysely<Database>, orderId: string): Promise<Completion[]> {
  return await db.selectFrom("lab_order_text").select(["prompt_id as promptId", "text"])
    .where("order_id", "=", orderId).execute();
}

/** Keeps what a job has completed so far. Said again it changes nothing: it can only be the same. */
export async function keepTexts(
  db: Kysely<Database>,
  orderId: string,
  texts: readonly Completion[],
): Promise<void> {
  if (texts.length === 0) return;
  const rows = texts.map(({ promptId, text }) => ({
    ...{ order_id: orderId, prompt_id: storable(promptId), text: storable(text) },
  }));
  await db.insertInto("lab_order_text").values(rows)
    .onConflict((conflict) => conflict.columns(["order_id", "prompt_id"]).doNothing()).execute();
}

/**
 * The set, of what all attempts have completed. What cannot join the set it was meant for, because
 * that has changed meanwhile, becomes one of its own: it was computed, and nothing is lost.
 */
export async function finishOrder(
  trx: Trx,
  orderId: string,
  { completions, parameters }: Generated,
  at: Date,
): Promise<void> {
  const order = await orderOf(trx, orderId);
  if (order.set_id !== null) return;
  const texts = new Map((await textsOf(trx, orderId)).map((one) => [one.promptId, one.text]));
  for (const { promptId, text } of completions) texts.set(promptId, text);
  const entry = await trx.selectFrom("entry").select("file_digest")
    .where("id", "=", order.entry_id).executeTakeFirstOrThrow();
  const by = { accountId: order.account_id, at };
  const draft: CompletionsDraft = {
    ...{ name: order.name, promptSetId: order.prompt_set_id, rubricId: order.rubric_id },
    into: await stillJoins(trx, order),
    fileDigest: entry.file_digest,
    model: { name: order.model, parameters },
    decoding: decodingOf(order.search),
    completions: [...texts].map(([promptId, text]) => ({ promptId, text })),
  };
  const set = await keepCompletionsIn(trx, draft, by);
  await trx.updateTable("lab_order").set({ set_id: set.id }).where("id", "=", orderId).execute();
  await trx.deleteFrom("lab_order_text").where("order_id", "=", orderId).execute();
}

async function stillJoins(trx: Trx, order: LabOrder): Promise<string | null> {
  const { into_set, model, prompt_set_id: promptSetId, rubric_id: rubricId } = order;
  if (into_set === null) return null;
  try {
    const by = { accountId: order.account_id };
    await assertJoinable(trx, into_set, { promptSetId, rubricId, model }, by);
    return into_set;
  } catch (error) {
    const gone = [ValidationError, NotFoundError, GoneError, PermissionError];
    if (gone.some((kind) => error instanceof kind)) return null;
    throw error;
  }
}
