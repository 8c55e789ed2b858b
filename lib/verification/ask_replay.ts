// Asks for a replay of an entry's run: in parts where states of it are kept, else whole.

import type { Transaction } from "kysely";
import type { ReplayQueue } from "../queue/queue.ts";
import type { Entry } from "../storage/entry_schema.ts";
import type { ReplayTask } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { chainOrNull } from "./chain.ts";
import { heldStates } from "./kept_store.ts";
import { putReplay } from "./replay_store.ts";
import { segmentsOf } from "./segments.ts";
import type { Segment } from "./types.ts";

/** Within a transaction that says why. */
export interface Asking {
  trx: Transaction<Database>;
  queue: ReplayQueue;
  /** The account that asks; null for the board. */
  askedBy: string | null;
}

/**
 * What was enqueued: `whole`, a replay in `parts`, or null when one is on its way already. States
 * say where a run may be cut, not what it holds: each part compares the state it starts from with
 * the leaf that the file claims.
 */
export async function askForReplay(
  { trx, queue, askedBy }: Asking,
  entry: Entry,
): Promise<"whole" | "parts" | null> {
  const open = await trx.selectFrom("job").select("id").where("entry_id", "=", entry.id)
    .where("kind", "=", "verify").where("state", "in", ["queued", "running", "retrying"])
    .where((eb) => eb.or([eb("task", "is", null), eb("task", "=", "segments")]))
    .executeTakeFirst();
  const waiting = await trx.selectFrom("replay").select("id").where("entry_id", "=", entry.id)
    .where("task", "=", "sample").where("state", "=", "open").executeTakeFirst();
  if (open || waiting) return null;
  const chain = chainOrNull(entry.chain);
  const kept = chain === null ? [] : await heldStates(trx, entry.id);
  if (chain === null || kept.length === 0) {
    const job = await queue.enqueueVerify(trx, entry.id, entry.training_flops ?? 0);
    return job === null ? null : "whole";
  }
  const segments = segmentsOf(chain.leafSteps.length, kept.map(({ leaf }) => leaf));
  const asked = await enqueueSegments({ trx, queue, askedBy }, entry, {
    task: "segments",
    segments,
    leafSteps: chain.leafSteps,
  });
  return asked ? "parts" : null;
}

/** A job for each segment. False when such a replay is open. */
export async function enqueueSegments(
  { trx, queue, askedBy }: Asking,
  entry: Entry,
  { task, segments, leafSteps, nonce }: {
    task: ReplayTask;
    segments: readonly Segment[];
    leafSteps: readonly number[];
    nonce?: string;
  },
): Promise<boolean> {
  const replay = { entryId: entry.id, task, askedBy, nonce, parts: segments };
  const replayId = await putReplay(trx, replay);
  if (replayId === null) return false;
  const steps = Math.max(1, leafSteps.at(-1)!);
  const shares = segments.map(({ from, to }) => (leafSteps[to] - leafSteps[from]) / steps);
  await queue.enqueueParts(trx, entry.id, entry.training_flops ?? 0, { replayId, task, shares });
  return true;
}
