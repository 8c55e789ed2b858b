// Takes in what the job of one part of a replay found; the last one makes the verdict of them all.

import type { Transaction } from "kysely";
import type { JobQueue } from "../queue/queue.ts";
import type { Job } from "../storage/job_schema.ts";
import type { Replay } from "../storage/replay_schema.ts";
import type { Database } from "../storage/schema.ts";
import { type Applying, applyVerification } from "./apply.ts";
import { askForReplay } from "./ask_replay.ts";
import { chainOrNull } from "./chain.ts";
import { endReplay, holdOpenReplay, partsOf, putPartResult } from "./replay_store.ts";
import {
  type SeedJobResult,
  type VerifyJobResult,
  verifyJobResultSchema,
} from "./result_schema.ts";
import { concludeFreshSeeds } from "./seed_audit_store.ts";
import { joinSegments } from "./segments.ts";
import { joinSample } from "./spot_check.ts";
import { tryCheckAgain } from "./ask_states.ts";
import { spotCheckOf } from "./spot_check_store.ts";

/** Within the transaction that ends the part's job. */
export async function applyPart(
  trx: Transaction<Database>,
  { entry_id, replay_id, part }: Job,
  run: VerifyJobResult | SeedJobResult,
  applying: Applying,
): Promise<void> {
  const replay = await holdOpenReplay(trx, replay_id!);
  // Called off, or another part failed: nothing waits for this one.
  if (replay === null) return;
  await putPartResult(trx, { replayId: replay.id, part: part!, result: run });
  const runs = (await partsOf(trx, replay.id)).map(({ result }) => result);
  if (runs.includes(null)) return;
  if (replay.task === "fresh-seeds") {
    return await concludeFreshSeeds(trx, { replay, results: runs }, applying);
  }
  if (replay.task === "sample") {
    const parsed = runs.map((run) => verifyJobResultSchema.parse(run));
    return await concludeSample(trx, entry_id, parsed, { ...applying, replay });
  }
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

async function concludeSample(
  trx: Transaction<Database>,
  entryId: string,
  runs: readonly VerifyJobResult[],
  { replay, ...applying }: Applying & { replay: Replay },
): Promise<void> {
  const entry = await trx.selectFrom("entry").select(["id", "chain"]).where("id", "=", entryId)
    .executeTakeFirstOrThrow();
  const { drawn, of } = (await spotCheckOf(trx, entry))!;
  const { leafSteps } = chainOrNull(entry.chain)!;
  const results = runs.map(({ result }) => result);
  await applyVerification(trx, entryId, {
    result: joinSample(results, { leafSteps, of, draw: drawn }),
    sample: { nonce: replay.nonce!, segments: of, drawn },
    startedAt: least(runs.map(({ startedAt }) => startedAt)),
    finishedAt: runs.map(({ finishedAt }) => finishedAt).sort().at(-1)!,
  }, applying);
  await endReplay(trx, replay.id, { state: "done" });
}

function least(times: readonly string[]): string {
  return [...times].sort()[0];
}

/**
 * A part that nobody could finish leaves the run without a verdict: the others are called off, and
 * unless it is not to be tried `again` the run is replayed whole. The states may be why, so no
 * replay starts from them any more. A spot check is begun once more from the states it has.
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
  if (replay.task === "sample" && again) await tryCheckAgain(trx, queue, replay);
  if (replay.task !== "segments" || !again) return;
  await trx.updateTable("kept_state").set({ held: false }).where("entry_id", "=", entry_id)
    .execute();
  const entry = await trx.selectFrom("entry").selectAll().where("id", "=", entry_id)
    .executeTakeFirstOrThrow();
  await askForReplay({ trx, queue, askedBy: replay.asked_by }, entry);
}
