// Takes an entry back for its author: jobs called off, off the boards, the file gone. Server only.

import { linkSameTraining, lockTrainings } from "../leaderboard/same_training.ts";
import type { Services } from "../services.ts";
import { appendEvent } from "../storage/ledger.ts";
import { removeUnusedBlob } from "../storage/unused_blobs.ts";
import { forgetStates } from "../verification/kept_store.ts";
import { removeSpotStates } from "../verification/ask_states.ts";
import { callOffCheck } from "../verification/spot_check_store.ts";
import { type Claimant, mustOwn } from "./ownership.ts";
import { requireAnyEntry } from "./require.ts";
import { updateEntry } from "./store.ts";

type WithdrawServices = Pick<Services, "db" | "blobs" | "queue" | "events" | "now">;

/**
 * A tombstone stays: name, author, digests and the ledger. What had the same weights moves up, and
 * the same bytes may be submitted again. A second time changes nothing.
 *
 * @throws {NotFoundError} when there is no such entry.
 * @throws {AuthenticationError|PermissionError} when it is not the claimant's.
 */
export async function withdrawEntry(
  services: WithdrawServices,
  id: string,
  claimant: Claimant,
): Promise<void> {
  const { db, queue, events, now } = services;
  mustOwn(await requireAnyEntry(db, id), claimant);
  const fileDigest = await db.transaction().execute(async (trx) => {
    await lockTrainings(trx);
    const entry = await trx.selectFrom("entry").selectAll().where("id", "=", id).forUpdate()
      .executeTakeFirstOrThrow();
    if (entry.status === "withdrawn") return null;
    const at = now();
    await queue.cancelOpen(trx, id);
    await callOffCheck(trx, id);
    await updateEntry(trx, id, { status: "withdrawn", withdrawn_at: at, featured: false });
    const { file_digest: file, model_digest: model } = entry;
    await appendEvent(trx, "withdrawal", { entry: id, file, model, by: "author" }, at);
    if (model !== null) await linkSameTraining(trx, model, at);
    return file;
  });
  events.publish(id);
  // Afterwards: a file without its entry is a loss to nobody, an entry without its file would be.
  if (fileDigest === null) return;
  await removeUnusedBlob(services, fileDigest);
  await forgetStates(services, id);
  await removeSpotStates(services);
}
