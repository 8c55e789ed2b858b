// Replays in parts, as queries: what was asked for, and what each part found.

import { type Kysely, sql, type Transaction } from "kysely";
import { randomId } from "../storage/ids.ts";
import { jsonb } from "../storage/json.ts";
import type { Replay, ReplayPart, ReplayTask } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";

export interface NewReplay {
  entryId: string;
  task: ReplayTask;
  askedBy: string | null;
  nonce?: string;
  /** Of a spot check: until when its states may come, and what asked for it. */
  deadline?: Date;
  found?: unknown;
  /** Leaves between which each part runs, or the seed it runs from. */
  parts: readonly ({ from: number; to: number } | { seed: number })[];
}

/** Its id, or null when one of that task is open for the entry. */
export async function putReplay(
  trx: Transaction<Database>,
  { entryId, task, askedBy, nonce, deadline, found, parts }: NewReplay,
): Promise<string | null> {
  const row = await trx.insertInto("replay")
    .values({
      ...{ id: randomId(), entry_id: entryId, task, asked_by: askedBy, nonce: nonce ?? null },
      deadline: deadline ?? null,
      found: found === undefined ? null : jsonb(found),
    })
    .onConflict((conflict) => conflict.doNothing()).returning("id").executeTakeFirst();
  if (row === undefined) return null;
  await trx.insertInto("replay_part").values(
    parts.map((part, i) => ({
      ...{ replay_id: row.id, part: i },
      ...("seed" in part
        ? { seed: part.seed, from_leaf: null, to_leaf: null }
        : { seed: null, from_leaf: part.from, to_leaf: part.to }),
    })),
  ).execute();
  return row.id;
}

/** Until the transaction ends, nobody else changes it. Null when there is none, or it has ended. */
export async function holdOpenReplay(
  trx: Transaction<Database>,
  id: string,
): Promise<Replay | null> {
  return await trx.selectFrom("replay").selectAll().where("id", "=", id)
    .where("state", "=", "open").forUpdate().executeTakeFirst() ?? null;
}

/** What the job is a part of; null where it is a job for itself. */
export async function partOf(db: Kysely<Database>, jobId: string): Promise<ReplayPart | null> {
  return await db.selectFrom("replay_part").selectAll("replay_part")
    .innerJoin("job", (join) =>
      join.onRef("job.replay_id", "=", "replay_part.replay_id")
        .onRef("job.part", "=", "replay_part.part"))
    .where("job.id", "=", jobId).executeTakeFirst() ?? null;
}

/** In their order. */
export function partsOf(db: Kysely<Database>, replayId: string): Promise<ReplayPart[]> {
  return db.selectFrom("replay_part").selectAll().where("replay_id", "=", replayId)
    .orderBy("part").execute();
}

export async function putPartResult(
  trx: Transaction<Database>,
  { replayId, part, result }: { replayId: string; part: number; result: unknown },
): Promise<void> {
  await trx.updateTable("replay_part").set({ result: jsonb(result) })
    .where("replay_id", "=", replayId).where("part", "=", part).execute();
}

export async function endReplay(
  trx: Transaction<Database>,
  id: string,
  end: { state: "done" } | { state: "failed"; reason: string },
): Promise<void> {
  await trx.updateTable("replay").set({ ...end, finished_at: sql`now()` })
    .where("id", "=", id).execute();
}
