// Takes in a checkpoint that a replay keeps, for later ones to start from.

import { IntegrityError, NotFoundError } from "../errors.ts";
import { getJob, type Holder } from "../queue/store.ts";
import type { Services } from "../services.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { claimBlob, removeUnusedBlob } from "../storage/unused_blobs.ts";
import { chainOrNull } from "../verification/chain.ts";
import { heldStates, noteState } from "../verification/kept_store.ts";
import { leavesToKeep, stateBytes } from "../verification/segments.ts";
import type { KeptState } from "./protocol.ts";

/** Which states a whole replay of the entry is to keep; none where there are some, or no room. */
export async function statesToKeep(
  { db, config }: Pick<Services, "db" | "config">,
  entry: Entry,
): Promise<{ leaves: number[]; maxBytes: number }> {
  const nothing = { leaves: [], maxBytes: 0 };
  const chain = chainOrNull(entry.chain);
  if (chain === null || entry.parameters === null) return nothing;
  const leafCount = chain.leafSteps.length;
  const size = { leafCount, parameters: entry.parameters };
  const maxBytes = stateBytes(size);
  const leaves = leavesToKeep(size, config.replayParts);
  if (leaves.length * maxBytes > config.keptBytes) return nothing;
  return (await heldStates(db, entry.id)).length > 0 ? nothing : { leaves, maxBytes };
}

/**
 * Stores the state; whether it is good is for the replay that starts from it to find, which compares
 * it with the leaf that the file claims.
 *
 * @throws {NotFoundError} when the caller holds no job that keeps this leaf.
 * @throws {BudgetError} when it is larger than a state of that model can be.
 * @throws {IntegrityError} when its bytes have another SHA-256 than its address.
 */
export async function keepState(
  services: Services,
  holder: Holder,
  { job: id, fence, leaf, sha256 }: KeptState,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  const { db, blobs } = services;
  const job = await getJob(db, id);
  const held = job?.holder === holder && job.fence === fence && job.state === "running";
  const keep = held ? job.assignment?.keep : undefined;
  if (!job || !keep?.leaves.includes(leaf)) {
    await body.cancel();
    throw new NotFoundError("No job that you hold is to keep this state", {
      expected: "a leaf that was named with the job",
      got: `leaf ${leaf}`,
      fix: "Claim a job, and hand over its states while the lease is held.",
    });
  }
  const stored = await blobs.put(body, { maxBytes: keep.maxBytes });
  if (stored.digest !== sha256) {
    await removeUnusedBlob(services, stored.digest);
    throw new IntegrityError("The bytes of this state are not those of its address", {
      expected: `SHA-256 ${sha256}`,
      got: `SHA-256 ${stored.digest}`,
      fix: "Send it again.",
    });
  }
  await db.transaction().execute(async (trx) => {
    await claimBlob(trx, blobs, stored);
    const state = { leaf, sha256, byteLength: stored.byteLength };
    await noteState(trx, job.entry_id, state);
  });
}
