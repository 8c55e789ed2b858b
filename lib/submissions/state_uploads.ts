// States that arrive in parts: announced for a run that waits for them, then delivered like one that
// came whole. Server only.

import { BudgetError, FormatError, IntegrityError, ValidationError } from "../errors.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import type { Upload } from "../storage/schema.ts";
import { chainOrNull } from "../verification/chain.ts";
import { stateBytes } from "../verification/segments.ts";
import { spotCheckOf } from "../verification/spot_check_store.ts";
import { parseDocument } from "../verification/schema.ts";
import {
  type Delivered,
  deliverState,
  type Delivery,
  type DeliveryServices,
  requireWaitingCheck,
} from "./deliver_state.ts";
import { type Claimant, mustOwn } from "./ownership.ts";
import { mustHaveStateRoom } from "./quota_store.ts";
import { requireStanding } from "./require.ts";
import { type Counted, ownerColumns } from "./senders.ts";
import {
  type Announcement,
  announcementSchema,
  DONE_LIFE_MS,
  endUpload,
  ID_LENGTH,
  lifeFrom,
  notWhole,
  offsetOf,
  type UploadServices,
} from "./uploads.ts";

type StateServices = UploadServices & DeliveryServices;

/**
 * Like `beginUpload`, for a state of the entry: its author alone may, and only while states of it are
 * waited for. It is no submission and counts for none.
 *
 * @throws what `deliverState` throws before it has read the state, and {QuotaError}.
 */
export async function beginStateUpload(
  services: StateServices,
  announcement: Announcement,
  { entryId, claimant, sender }: { entryId: string; claimant: Claimant; sender: Counted },
): Promise<Upload> {
  const { db, config, now } = services;
  const announced = parseDocument(announcementSchema, announcement, "upload");
  const { byteLength, sha256, fileName } = announced;
  const entry = await requireStanding(db, entryId);
  mustOwn(entry, claimant);
  const { of } = await requireWaitingCheck(db, entry);
  const most = stateBytes({ leafCount: of + 1, parameters: entry.parameters ?? 0 });
  if (byteLength > most) throw tooLarge(byteLength, most);
  return await db.transaction().execute(async (trx) => {
    const at = now();
    await mustHaveStateRoom(trx, config, { sender, now: at }, { byteLength, upload: true });
    return await trx.insertInto("upload").values({
      ...{ id: randomId(ID_LENGTH), ...ownerColumns(sender), file_name: fileName },
      ...{ byte_length: byteLength, sha256, state_of: entry.id },
      ...{ created_at: at, expires_at: lifeFrom(services, at) },
    }).returningAll().executeTakeFirstOrThrow();
  });
}

/**
 * Delivers the state of an upload that is whole. Asked again, it gives the same answer. One that is
 * refused ends the upload: other bytes have to come.
 *
 * @throws {ValidationError} when bytes are missing or it is of another run, and as `deliverState`.
 */
export async function deliverUpload(
  services: StateServices,
  upload: Upload,
  delivery: Omit<Delivery, "sha256" | "upload">,
): Promise<Delivered> {
  const { db, parts, now } = services;
  mustBeStateOf(upload, delivery.entryId);
  if (upload.entry_id !== null) return await deliveredBefore(services, upload, delivery);
  const offset = await offsetOf(services, upload);
  if (offset !== upload.byte_length) throw notWhole(upload, offset);
  let delivered: Delivered;
  try {
    delivered = await deliverState(
      services,
      { ...delivery, sha256: upload.sha256, upload: upload.id },
      await parts.read(upload.id),
    );
  } catch (error) {
    const useless = error instanceof FormatError || error instanceof IntegrityError ||
      error instanceof ValidationError;
    if (useless) await endUpload(services, upload);
    throw error;
  }
  await db.updateTable("upload").set({
    entry_id: delivery.entryId,
    expires_at: new Date(now().getTime() + DONE_LIFE_MS),
  }).where("id", "=", upload.id).execute();
  await parts.delete(upload.id);
  return delivered;
}

function mustBeStateOf({ state_of }: Upload, entryId: string): void {
  if (state_of === entryId) return;
  throw new ValidationError("This upload was announced as something else", {
    path: "upload",
    expected: `a state of ${entryId}`,
    got: state_of === null ? "a model" : `a state of ${state_of}`,
    fix: "Announce it anew, with the id of the model as stateOf in Upload-Metadata.",
  });
}

/** Whose answer was lost: which leaf it is follows from its bytes' digest. */
async function deliveredBefore(
  { db }: StateServices,
  upload: Upload,
  { entryId, claimant }: Pick<Delivery, "entryId" | "claimant">,
): Promise<Delivered> {
  const entry: Entry = await requireStanding(db, entryId);
  mustOwn(entry, claimant);
  const row = await db.selectFrom("spot_state").select("leaf").where("entry_id", "=", entryId)
    .where("digest", "=", upload.sha256).executeTakeFirst();
  const check = await spotCheckOf(db, entry);
  const missing = check?.states.filter(({ delivered }) => !delivered).length ?? 0;
  const steps = chainOrNull(entry.chain)?.leafSteps ?? [];
  if (row) return { leaf: row.leaf, step: steps[row.leaf], missing };
  throw new ValidationError("This state was taken, and is not kept any more", {
    path: "upload",
    expected: "a spot check that is not over",
    got: check?.replay.state ?? "none",
    fix: "See on the status page of the model what came of it.",
  });
}

function tooLarge(got: number, most: number): BudgetError {
  return new BudgetError("The file is larger than a state of this model can be", {
    expected: `at most ${most} bytes`,
    got: `${got} bytes`,
    fix: "Send what train --keep-states has kept of the very run of the submitted file.",
  });
}
