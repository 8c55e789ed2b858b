// Takes a file in: checks the fields, streams it to disk while hashing, reads its header, and
// writes the entry, its ledger event and its scoring job together.

import { z } from "zod";
import type { Account } from "../accounts/caller.ts";
import { checkSender } from "../moderation/bans.ts";
import { DEFAULT_LIMITS, readHeader } from "../format/read.ts";
import type { Services } from "../services.ts";
import type { StoredBlob } from "../storage/blobs.ts";
import { randomId } from "../storage/ids.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Entry } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { FIELD_LIMITS } from "./fields.ts";
import { entryByFile, newEntry, updateEntry } from "./store.ts";
import { printable, visible } from "./text_fields.ts";

type IntakeServices = Pick<Services, "config" | "db" | "blobs" | "queue" | "events" | "now">;

export interface SubmissionFields {
  name: string;
  author: string;
  blurb: string;
  fileName: string;
}

/** Where a submission comes from, and where it goes. */
export interface SubmissionOptions {
  /** Whose it is: its name is the author then, whatever the fields say. */
  account?: Account | null;
  /** Goes to the holding area instead of the board. */
  held?: boolean;
  gallery?: boolean;
  featured?: boolean;
}

/** What is asked for beside the file. */
export const submissionFieldsSchema = z.object({
  name: visible(FIELD_LIMITS.name).describe("Name of the model."),
  author: visible(FIELD_LIMITS.author).describe("Who made it."),
  blurb: printable(0, FIELD_LIMITS.blurb).describe("A sentence or two about it."),
  fileName: printable(0, 200).describe("What the file was called.")
    .transform((name) => name.split(/[\\/]/).pop() || "model.tinygpt"),
});

/**
 * The same bytes again give the entry they gave before, without a second job; only an entry that
 * had failed is tried anew.
 *
 * @throws {ValidationError} when a field is missing or too long.
 * @throws {BudgetError} when the file is over `config.maxUploadBytes`.
 * @throws {FormatError} when the header is not that of a model file.
 */
export async function receiveSubmission(
  services: IntakeServices,
  body: ReadableStream<Uint8Array>,
  fields: SubmissionFields,
  options: SubmissionOptions = {},
): Promise<{ entryId: string }> {
  let checked: SubmissionFields;
  try {
    const author = options.account?.name ?? fields.author;
    const said = { ...fields, author };
    checked = parseDocument(submissionFieldsSchema, said, "submission") as SubmissionFields;
    const { account = null, gallery } = options;
    if (!gallery) await checkSender(services.db, { account, author: checked.author });
  } catch (error) {
    await body.cancel();
    throw error;
  }
  const blob = await services.blobs.put(body, { maxBytes: services.config.maxUploadBytes });
  const known = await entryByFile(services.db, blob.digest);
  if (known !== null) return await resubmit(services, known);
  await checkHeader(services, blob);
  return await createEntry(services, blob, { ...checked, ...options });
}

/** A file that is no model is not kept. */
async function checkHeader({ blobs }: IntakeServices, blob: StoredBlob): Promise<void> {
  try {
    const longest = Math.min(blob.byteLength, DEFAULT_LIMITS.maxHeaderBytes + 12);
    readHeader(await blobs.readPrefix(blob.digest, longest), {}, blob.byteLength);
  } catch (error) {
    await blobs.delete(blob.digest).catch(() => {});
    throw error;
  }
}

async function createEntry(
  services: IntakeServices,
  blob: StoredBlob,
  fields: SubmissionFields & SubmissionOptions,
): Promise<{ entryId: string }> {
  const id = randomId();
  const { name, author, blurb, fileName, gallery, featured, account, held = false } = fields;
  try {
    await services.db.transaction().execute(async (trx) => {
      await trx.insertInto("blob")
        .values({ digest: blob.digest, byte_length: blob.byteLength })
        .onConflict((conflict) => conflict.doNothing()).execute();
      await newEntry(trx, {
        ...{ id, name, author, blurb, gallery, featured },
        account_id: account?.id,
        visibility: held ? "held" : "public",
        file_digest: blob.digest,
        file_name: fileName,
      });
      const event = { entry: id, name, author, file: blob.digest, byteLength: blob.byteLength };
      const sender = { ...(account && { account: account.id }), ...(held && { held }) };
      await appendEvent(trx, "submission", { ...event, ...sender }, services.now());
      await services.queue.enqueueScore(trx, id);
    });
  } catch (error) {
    // The same file may have arrived twice at the same time: the other one made the entry.
    const other = await entryByFile(services.db, blob.digest);
    if (other === null) throw error;
    return { entryId: other.id };
  }
  return { entryId: id };
}

async function resubmit(services: IntakeServices, entry: Entry): Promise<{ entryId: string }> {
  if (entry.status === "failed") {
    await services.db.transaction().execute(async (trx) => {
      await updateEntry(trx, entry.id, { status: "received", failure: null });
      await appendEvent(trx, "resubmission", { entry: entry.id }, services.now());
      await services.queue.enqueueScore(trx, entry.id);
    });
    services.events.publish(entry.id);
  }
  return { entryId: entry.id };
}
