// Files that arrive in parts and then become a submission. The bytes are with this server, the rest
// is in the database. Server only.

import { z } from "zod";
import { BudgetError, FormatError, NotFoundError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import { checkSender } from "../moderation/bans.ts";
import { isId, randomId } from "../storage/ids.ts";
import type { Part } from "../storage/part_files.ts";
import type { Database, Upload } from "../storage/schema.ts";
import type { Kysely } from "kysely";
import { parseDocument } from "../verification/schema.ts";
import {
  type IntakeOptions,
  type IntakeServices,
  type Received,
  receiveSubmission,
  type SubmissionFields,
} from "./intake.ts";
import { mustHaveRoom } from "./quota_store.ts";
import { type Counted, ownerColumns } from "./senders.ts";
import { entryByFile } from "./store.ts";
import { printable } from "./text_fields.ts";

export type UploadServices = IntakeServices & Pick<Services, "parts">;

/** Enough that nobody finds another's by trying. */
export const ID_LENGTH = 32;
/** How long it is said what became of an upload whose sender has missed the answer. */
export const DONE_LIFE_MS = 3600_000;

/** What is said of a file before it is sent. */
export const announcementSchema = z.object({
  byteLength: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits"),
  fileName: printable(0, 200),
});
export type Announcement = z.infer<typeof announcementSchema>;

/**
 * @throws {ValidationError} when something is missing.
 * @throws {BudgetError} when the file is over `config.maxUploadBytes`.
 * @throws {QuotaError} when the sender may not send it.
 * @throws {PermissionError} when the account is banned.
 */
export async function beginUpload(
  services: UploadServices,
  announcement: Announcement,
  sender: Counted,
): Promise<Upload> {
  const { db, config, now } = services;
  const { byteLength, sha256, fileName } = parseDocument(
    announcementSchema,
    announcement,
    "upload",
  );
  if (byteLength > config.maxUploadBytes) throw tooLarge(byteLength, config.maxUploadBytes);
  const { account } = sender;
  // A guest's name is known with the submission.
  if (account !== null) await checkSender(db, { account, author: account.name });
  const known = await entryByFile(db, sha256) !== null;
  return await db.transaction().execute(async (trx) => {
    const at = now();
    await mustHaveRoom(trx, config, { sender, now: at }, { byteLength, known, upload: true });
    return await trx.insertInto("upload").values({
      id: randomId(ID_LENGTH),
      ...ownerColumns(sender),
      file_name: fileName,
      byte_length: byteLength,
      sha256,
      created_at: at,
      expires_at: lifeFrom(services, at),
    }).returningAll().executeTakeFirstOrThrow();
  });
}

/**
 * The upload of this id; who knows the id may go on with a guest's, and only the account itself with
 * an account's.
 *
 * @throws {NotFoundError} when there is none, or no more.
 */
export async function requireUpload(
  { db, now }: Pick<UploadServices, "db" | "now">,
  id: string,
  accountId: string | null,
): Promise<Upload> {
  const upload = isId(id)
    ? await db.selectFrom("upload").selectAll().where("id", "=", id)
      .where("expires_at", ">", now()).executeTakeFirst()
    : undefined;
  if (upload && (upload.account_id === null || upload.account_id === accountId)) return upload;
  throw new NotFoundError("There is no such upload, or no more", {
    got: id.slice(0, 80),
    fix: "Begin it again: what stands still for too long is thrown away.",
  });
}

/** Bytes that have arrived so far. */
export async function arrivedBytes(
  { parts }: Pick<UploadServices, "parts">,
  { id, entry_id, byte_length }: Upload,
): Promise<number> {
  return entry_id === null ? await parts.size(id) : byte_length;
}

/** Where the sender is to go on: what is being written comes to an end first. */
export async function offsetOf(
  services: Pick<UploadServices, "parts">,
  upload: Upload,
): Promise<number> {
  await services.parts.interrupt(upload.id);
  return await arrivedBytes(services, upload);
}

/** @returns the new offset. @throws as `PartFiles.append`. */
export async function appendPart(
  services: UploadServices,
  upload: Upload,
  part: Omit<Part, "maxBytes">,
): Promise<{ offset: number; expiresAt: Date }> {
  const { db, parts, now } = services;
  const maxBytes = upload.byte_length - part.offset;
  const offset = await parts.append(upload.id, { ...part, maxBytes });
  const expiresAt = lifeFrom(services, now());
  await db.updateTable("upload").set({ expires_at: expiresAt }).where("id", "=", upload.id)
    .execute();
  return { offset, expiresAt };
}

/**
 * Makes a submission of an upload that is whole. Asked again, it gives the same entry; a field that
 * is wrong leaves the upload as it is, and a file that is no model ends it.
 *
 * @throws {ValidationError} when bytes are missing, and as `receiveSubmission`.
 */
export async function submitUpload(
  services: UploadServices,
  upload: Upload,
  fields: SubmissionFields,
  options: IntakeOptions,
): Promise<Received> {
  const { db, parts, now } = services;
  if (upload.state_of !== null) throw isState(upload);
  if (upload.entry_id !== null) return { entryId: upload.entry_id, added: false };
  const offset = await offsetOf(services, upload);
  if (offset !== upload.byte_length) throw notWhole(upload, offset);
  let received: Received;
  try {
    received = await receiveSubmission(
      services,
      await parts.read(upload.id),
      { ...fields, fileName: upload.file_name },
      { ...options, upload: upload.id, sha256: upload.sha256, byteLength: offset },
    );
  } catch (error) {
    const useless = error instanceof FormatError ||
      (error instanceof ValidationError && error.path === "file");
    if (useless) await endUpload(services, upload);
    throw error;
  }
  await db.updateTable("upload").set({
    entry_id: received.entryId,
    expires_at: new Date(now().getTime() + DONE_LIFE_MS),
  }).where("id", "=", upload.id).execute();
  await parts.delete(upload.id);
  return received;
}

/** Throws an upload away. */
export async function endUpload(
  { db, parts }: Pick<UploadServices, "db" | "parts">,
  { id }: Pick<Upload, "id">,
): Promise<void> {
  await db.deleteFrom("upload").where("id", "=", id).execute();
  await parts.delete(id);
}

/** Throws away what stood still for too long, and files of uploads that another server ended. */
export async function removeExpiredUploads(
  services: Pick<UploadServices, "db" | "parts" | "now">,
): Promise<void> {
  const { db, parts, now } = services;
  await db.deleteFrom("upload").where("expires_at", "<=", now()).execute();
  const files = await parts.list();
  const known = new Set(await knownIds(db, files));
  for (const id of files) if (!known.has(id)) await parts.delete(id);
}

async function knownIds(db: Kysely<Database>, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const rows = await db.selectFrom("upload").select("id").where("id", "in", [...ids]).execute();
  return rows.map(({ id }) => id);
}

export function lifeFrom({ config }: Pick<UploadServices, "config">, at: Date): Date {
  return new Date(at.getTime() + config.uploadHours * 3600_000);
}

function isState({ state_of }: Upload): ValidationError {
  return new ValidationError("This upload was announced as a state of a run", {
    path: "upload",
    expected: "a model file",
    got: `a state of ${state_of}`,
    fix: `Deliver it by POST /api/v1/submissions/${state_of}/states?upload=ID.`,
  });
}

function tooLarge(got: number, maxBytes: number): BudgetError {
  return new BudgetError("The file is larger than this board takes", {
    expected: `at most ${maxBytes} bytes`,
    got: `${got} bytes`,
    fix: "Save the model as fp16 and without optimizer state.",
  });
}

export function notWhole({ byte_length }: Upload, offset: number): ValidationError {
  return new ValidationError("The file has not arrived as a whole", {
    path: "upload",
    expected: `${byte_length} bytes`,
    got: `${offset} bytes`,
    fix: "Send the rest first; HEAD gives the offset to go on from.",
  });
}
