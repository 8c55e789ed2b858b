// Jobs that nobody could finish: an admin has them run again, or lets them be.

import type { Kysely } from "kysely";
import { NotFoundError } from "../errors.ts";
import { enqueueOrder, orderOf } from "../lab/order_store.ts";
import type { Trx } from "../queue/queue.ts";
import { OPEN_STATES } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Job } from "../storage/job_schema.ts";
import type { Database } from "../storage/schema.ts";
import { appendEvent } from "../storage/ledger.ts";
import { getEntry, updateEntry } from "../submissions/store.ts";

export interface ListedJob extends Job {
  entryName: string;
  entryAuthor: string;
}

/** The newest first. */
export function deadJobs(db: Kysely<Database>, limit: number): Promise<ListedJob[]> {
  return listed(db).where("dead", "=", "open")
    .orderBy("job.finished_at", "desc").limit(limit).execute();
}

/** Those that run, then those that wait, in the order of the queue. */
export function openJobs(db: Kysely<Database>, limit: number): Promise<ListedJob[]> {
  return listed(db).where("state", "in", OPEN_STATES)
    .orderBy((eb) => eb("state", "=", "queued"))
    .orderBy("job.kind").orderBy("job.priority", "desc").orderBy("job.created_at")
    .limit(limit).execute();
}

function listed(db: Kysely<Database>) {
  return db.selectFrom("job").innerJoin("entry", "entry.id", "job.entry_id").selectAll("job")
    .select(["entry.name as entryName", "entry.author as entryAuthor"]);
}

/**
 * A new job for the entry of a dead one, which is off the list.
 * @throws {NotFoundError} when no such job is on it.
 */
export async function retryDeadJob(services: Services, id: string): Promise<void> {
  const { db, queue, events, now } = services;
  const entryId = await db.transaction().execute(async (trx) => {
    const { kind, entry_id, lab_order_id } = await takeOff(trx, id, "retried");
    const entry = await getEntry(trx, entry_id);
    if (kind === "verify") {
      await queue.enqueueVerify(trx, entry_id, entry?.training_flops ?? 0);
    } else if (kind === "generate") {
      await enqueueOrder(trx, queue, await orderOf(trx, lab_order_id));
    } else {
      if (entry?.status === "failed") {
        await updateEntry(trx, entry_id, { status: "received", failure: null });
      }
      await appendEvent(trx, "resubmission", { entry: entry_id }, now());
      await queue.enqueueScore(trx, entry_id);
    }
    return entry_id;
  });
  events.publish(entryId);
}

/** Takes a dead job off the list; its entry stays as it is. @throws {NotFoundError} as above. */
export async function discardDeadJob({ db }: Services, id: string): Promise<void> {
  await db.transaction().execute((trx) => takeOff(trx, id, "discarded"));
}

async function takeOff(trx: Trx, id: string, dead: "retried" | "discarded"): Promise<Job> {
  const job = await trx.updateTable("job").set({ dead })
    .where("id", "=", id).where("dead", "=", "open").returningAll().executeTakeFirst();
  if (job !== undefined) return job;
  throw new NotFoundError("There is no such job on the list", {
    got: id.slice(0, 40),
    fix: "Load the page again: somebody else may have decided meanwhile.",
  });
}
