// Takes in what the job of one part of a replay found; the last one makes the verdict of them all.

import type { Transaction } from "kysely";
import type { JobQueue } from "../queue/queue.ts";
import type { Replay } from "../storage/replay_schema.ts";
import type { Database, Job } from "../storage/schema.ts";
import { type Applying, applyVerification } from "./apply.ts";
import { askForReplay } from "./ask_replay.ts";
import { endReplay, holdOpenReplay, partsOf, putPartResult } from "./replay_store.ts";
import { type VerifyJobResult, verifyJobResultSchema } from "./result_schema.ts";
import { joinSegments } from "./segments.ts";

/** Within the transaction that ends the part's job. */
export async function applyPart(
  trx: Transaction<Database>,
  { entry_id, replay_id, part }: Job,
  run: VerifyJobResult,
  applying: Applying,
): Promise<void> {
  const replay = await holdOpenReplay(trx, replay_id!);
  // Called off, or another part failed: nothing waits for this one.
  if (replay === null) return;
  await putPartResult(trx, { replayId: replay.id, part: part!, result: run });
  const runs = (await partsOf(trx, replay.id)).map(({ result }) => result);
  if (runs.includes(null)) return;
  await concludeSegments(trx, entry_id, runs.map((run) => verifyJobResultSchema.parse(run)), {
    ...applying,
    replay,
  });
}

async function concludeSegments(
  trx: Transaction<Database>,
  entryId: string,
  runs: readonly VerifyJobResult[],
  { replay, ...applying }: Applying & { replay: Replay },
): Promise<void> {
  const results = runs.map(({ result }) => result);
  const joined = {
    result: joinSegments(results),
    parts: results,
    startedAt: least(runs.map(({ startedAt }) => startedAt)),
    finishedAt: runs.map(({ finishedAt }) => finishedAt).sort().at(-1)!,
  };
  await applyVerification(trx, entryId, joined, applying);
  await endReplay(trx, replay.id, { state: "done" });
}

function least(times: readonly string[]): string {
  return [...times].sort()[0];
}

/**
 * A part that nobody could finish leaves the run without a verdict: the others are called off, and
 * unless it is not to be tried `again` the run is replayed whole. The states may be why, so no
 * replay starts from them any more.
 */
export async function failPart(
  trx: Transaction<Database>,
  queue: JobQueue,
  { entry_id, replay_id, part }: Job,
  reason: string,
  { again = true } = {},
): Promise<void> {
  const replay = await holdOpenReplay(trx, replay_id!);
  if (replay === null) return;
  const words = `Part ${part! + 1} could not be replayed: ${reason}`;
  await endReplay(trx, replay.id, { state: "failed", reason: words });
  await queue.cancelParts(trx, replay.id);
  if (replay.task !== "segments" || !again) return;
  await trx.updateTable("kept_state").set({ held: false }).where("entry_id", "=", entry_id)
    .execute();
  const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entry_id)
    .executeTakeFirstOrThrow();
  await askForReplay({ trx, queue, askedBy: replay.asked_by }, entry);
}
