// What people see of a set that they have the server generate. Server only.

import type { Kysely } from "kysely";
import { placeOf } from "../queue/place.ts";
import { OPEN_STATES } from "../queue/store.ts";
import type { Job } from "../storage/job_schema.ts";
import type { LabOrder } from "../storage/lab_schema.ts";
import type { Database } from "../storage/schema.ts";
import { jobView } from "../submissions/status.ts";
import { countTexts, jobOfOrder, orderOf } from "./order_store.ts";
import type { OrderView } from "./order_view.ts";
import { requireAnyPromptSet, requireRubric } from "./store.ts";

export async function orderView(db: Kysely<Database>, { id }: LabOrder): Promise<OrderView> {
  const job = await jobOfOrder(db, id);
  // After the job: they end in one transaction, and who sees an ended job has to see its set.
  const order = await orderOf(db, id);
  const [prompts, rubric, texts, intoName] = await Promise.all([
    requireAnyPromptSet(db, order.prompt_set_id),
    requireRubric(db, order.rubric_id),
    countTexts(db, id),
    setName(db, order.into_set),
  ]);
  const total = prompts.prompts.length;
  return {
    id,
    model: order.model,
    entryId: order.entry_id,
    prompts: prompts.name,
    rubric: `${rubric.name}, version ${rubric.version}`,
    search: order.search,
    into: order.into_set,
    intoName,
    createdAt: order.created_at.toISOString(),
    done: order.set_id === null ? texts : total,
    total,
    job: job && await placed(db, job),
    active: job !== null && (OPEN_STATES as readonly string[]).includes(job.state),
    setId: order.set_id,
  };
}

async function setName(db: Kysely<Database>, id: string | null): Promise<string | null> {
  const set = await db.selectFrom("lab_set").select("name").where("id", "=", id ?? "")
    .where("hidden", "=", false).executeTakeFirst();
  return set?.name ?? null;
}

async function placed(db: Kysely<Database>, job: Job): Promise<NonNullable<OrderView["job"]>> {
  const { task: _, part: __, parts: ___, ...view } = jobView({ ...job, ...await placeOf(db, job) });
  return view;
}
