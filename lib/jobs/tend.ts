// What has to be looked after from time to time: leases that ran out, and what is to be replayed.

import { type Kysely, sql } from "kysely";
import { getJob, markFailed, markLapsed } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Database } from "../storage/schema.ts";
import { applyFailure } from "../submissions/apply.ts";
import { forgetAddresses } from "../submissions/senders.ts";
import { removeExpiredUploads } from "../submissions/uploads.ts";
import { sweepTwins } from "../twins/sweep.ts";
import { failPart } from "../verification/apply_part.ts";
import { evictStates } from "../verification/kept_store.ts";
import { endOverdueChecks } from "../verification/overdue_checks.ts";
import { removeSpotStates } from "../verification/ask_states.ts";
import { sweep } from "../verification/sweep.ts";
import { OUR_FAULT } from "./settle.ts";

/** Called often by every server; the sweep runs once in `sweepMs` over all of them. */
export async function tendJobs(services: Services, sweepMs: number): Promise<void> {
  await failAbandoned(services);
  await sayWhatLapsed(services);
  await removeExpiredUploads(services);
  await endOverdueChecks(services);
  if (!await oncePer(services.db, "sweep", sweepMs)) return;
  await sweep(services);
  await sweepTwins(services);
  await evictStates(services, services.config.keptBytes);
  await removeSpotStates(services);
  await forgetAddresses(services.db);
}

/** Whether nobody else has done the work of that name in the last `periodMs`; then it is the caller's. */
export async function oncePer(
  db: Kysely<Database>,
  name: string,
  periodMs: number,
): Promise<boolean> {
  const { rows } = await sql`
    insert into cron (name, ran_at) values (${name}, now())
    on conflict (name) do update set ran_at = now()
      where cron.ran_at <= now() - ${periodMs}::float8 * interval '1 millisecond'
    returning name`.execute(db);
  return rows.length > 0;
}

/** Ends the jobs that ran out of attempts while nobody was there to say so. */
async function failAbandoned(services: Services): Promise<void> {
  for (const { id, kind, entryId } of await services.queue.abandoned()) {
    const failure = {
      stage: "running",
      reason: "The worker stopped answering during the last attempt",
      fix: OUR_FAULT,
    };
    await services.db.transaction().execute(async (trx) => {
      const job = await getJob(trx, id);
      const isPart = job !== null && job.replay_id !== null;
      const ended = await markFailed(trx, id, failure, { dead: !isPart });
      if (ended && isPart) await failPart(trx, services.queue, job, failure.reason);
      const ours = { ...failure, ours: true };
      if (ended && kind === "score") await applyFailure(trx, entryId, ours, services.now());
    });
    services.events.publish(entryId);
  }
}

/** For people to see: the queue has given these jobs up for another attempt. */
async function sayWhatLapsed({ db, queue, events }: Services): Promise<void> {
  for (const { id, fence, entryId } of await queue.lapsed()) {
    const reason = "The worker stopped answering";
    await markLapsed(db, id, fence, { stage: "running", reason, fix: OUR_FAULT });
    events.publish(entryId);
  }
}
