// Takes a file in: checks the fields, streams it to disk while hashing, reads its header, and
// writes the entry, its ledger event and its scoring job together.

import type { Transaction } from "kysely";
import { z } from "zod";
import { ValidationError } from "../errors.ts";
import { DEFAULT_LIMITS, type HeaderInfo, readHeader } from "../format/read.ts";
import { checkSender } from "../moderation/bans.ts";
import type { Services } from "../services.ts";
import type { StoredBlob } from "../storage/blobs.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { randomId } from "../storage/ids.ts";
import { appendEvent } from "../storage/ledger.ts";
import type { Database } from "../storage/schema.ts";
import { claimBlob, removeUnusedBlob } from "../storage/unused_blobs.ts";
import { parseDocument } from "../verification/schema.ts";
import { FIELD_LIMITS } from "./fields.ts";
import { declaredFork } from "./lineage.ts";
import { resolveLineage } from "./lineage_store.ts";
import { mustHaveRoom } from "./quota_store.ts";
import { type Counted, ownerColumns } from "./senders.ts";
import { entryByFile, newEntry, updateEntry } from "./store.ts";
import { printable, visible } from "./text_fields.ts";

export type IntakeServices = Pick<
  Services,
  "config" | "db" | "blobs" | "queue" | "events" | "now"
>;

export interface SubmissionFields {
  name: string;
  author: string;
  blurb: string;
  fileName: string;
  /** The model this one goes on from. */
  forkOf?: string;
  /** The sender's own model whose place it takes. */
  revisionOf?: string;
}

/** What is asked for beside the file. */
export const submissionFieldsSchema = z.object({
  name: visible(FIELD_LIMITS.name).describe("Name of the model."),
  author: visible(FIELD_LIMITS.author).describe("Who made it; an account goes by its own name."),
  blurb: printable(0, FIELD_LIMITS.blurb).describe("A sentence or two about it."),
  fileName: printable(0, 200).describe("What the file was called.")
    .transform((name) => name.split(/[\\/]/).pop() || "model.tinygpt"),
  forkOf: printable(0, FIELD_LIMITS.reference).default("")
    .describe("The model it goes on from: id, address of its page, or SHA-256 of its weights."),
  revisionOf: printable(0, FIELD_LIMITS.reference).default("")
    .describe("The model of your own whose place it takes: id, or address of its page."),
});
type CheckedFields = z.output<typeof submissionFieldsSchema>;

export interface IntakeOptions {
  gallery?: boolean;
  featured?: boolean;
  /** Whose it is, and whose quotas it counts for; without one, nobody's. */
  sender?: Counted;
  /** Goes to the holding area instead of the board. */
  held?: boolean;
  /** SHA-256 of a guest's withdrawal key. */
  withdrawalDigest?: string | null;
  /** A guest's key to the version before. */
  revisionKey?: string;
  /** SHA-256 of the file, as the sender says. */
  sha256?: string;
  /** The upload the bytes come from. */
  upload?: string;
  /** How long the body is, where that is known. */
  byteLength?: number;
}

export interface Received {
  entryId: string;
  /** False when the same bytes had been sent before. */
  added: boolean;
}

/**
 * The same bytes again give the entry they gave before, without a second job; only an entry that
 * had failed is tried anew. What was withdrawn may come again as a new entry.
 *
 * @throws {ValidationError} when a field is missing or wrong, or the bytes are not those declared.
 * @throws {QuotaError} when the sender may not send more.
 * @throws {BudgetError} when the file is over `config.maxUploadBytes`.
 * @throws {FormatError} when the header is not that of a model file.
 */
export async function receiveSubmission(
  services: IntakeServices,
  body: ReadableStream<Uint8Array>,
  fields: SubmissionFields,
  options: IntakeOptions = {},
): Promise<Received> {
  const { db, blobs, config } = services;
  let checked: CheckedFields;
  try {
    checked = parseDocument(submissionFieldsSchema, withAuthor(fields, options), "submission");
    const account = options.sender?.account ?? null;
    if (!options.gallery) await checkSender(db, { account, author: checked.author });
    await refuseEarly(services, options);
  } catch (error) {
    await body.cancel();
    throw error;
  }
  const blob = await blobs.put(body, { maxBytes: config.maxUploadBytes });
  try {
    if (options.sha256 !== undefined && options.sha256 !== blob.digest) {
      throw otherBytes(options.sha256, blob.digest);
    }
    const known = await entryByFile(db, blob.digest);
    if (known !== null) return await resubmit(services, known, options);
    const header = await readStoredHeader(services, blob);
    return await createEntry(services, blob, checked, header, options);
  } catch (error) {
    // A file left behind harms nobody; why it is refused must be said.
    await removeUnusedBlob(services, blob.digest).catch(() => {});
    throw error;
  }
}

/** An account's entries carry its name. */
function withAuthor(fields: SubmissionFields, { sender }: IntakeOptions): SubmissionFields {
  return sender?.account ? { ...fields, author: sender.account.name } : fields;
}

/** Before the bytes: nobody sends a long file to hear that there is no room. */
async function refuseEarly({ db, config, now }: IntakeServices, options: IntakeOptions) {
  const { sender, sha256, upload, byteLength = 0 } = options;
  if (!sender || (sha256 !== undefined && await entryByFile(db, sha256) !== null)) return;
  await db.transaction().execute((trx) =>
    mustHaveRoom(trx, config, { sender, now: now(), exceptUpload: upload }, { byteLength })
  );
}

async function readStoredHeader(
  { blobs }: IntakeServices,
  { digest, byteLength }: StoredBlob,
): Promise<HeaderInfo> {
  const longest = Math.min(byteLength, DEFAULT_LIMITS.maxHeaderBytes + 12);
  return readHeader(await blobs.readPrefix(digest, longest), {}, byteLength);
}

async function createEntry(
  services: IntakeServices,
  blob: StoredBlob,
  fields: CheckedFields,
  { header }: HeaderInfo,
  options: IntakeOptions,
): Promise<Received> {
  const id = randomId();
  const lineage = await resolveLineage(
    services.db,
    { ...fields, declaredFork: declaredFork(header.raw) },
    { account: options.sender?.account ?? null, key: options.revisionKey ?? "" },
  );
  try {
    await services.db.transaction().execute((trx) =>
      writeEntry(trx, services, blob, { id, ...lineage, ...entryColumns(fields, options) }, options)
    );
  } catch (error) {
    // The same file may have arrived twice at the same time: the other one made the entry.
    const other = await entryByFile(services.db, blob.digest);
    if (other === null) throw error;
    return { entryId: other.id, added: false };
  }
  return { entryId: id, added: true };
}

function entryColumns(
  { name, author, blurb, fileName }: CheckedFields,
  { gallery, featured, sender, held = false, withdrawalDigest }: IntakeOptions,
) {
  return {
    ...{ name, author, blurb, gallery, featured },
    visibility: held ? "held" as const : "public" as const,
    file_name: fileName,
    ...ownerColumns(sender ?? { account: null, address: null }),
    // An account needs no key.
    withdrawal_digest: sender?.account ? null : withdrawalDigest ?? null,
  };
}

async function writeEntry(
  trx: Transaction<Database>,
  { blobs, config, queue, now }: IntakeServices,
  blob: StoredBlob,
  columns:
    & { id: string; fork_of: string | null; revision_of: string | null }
    & ReturnType<
      typeof entryColumns
    >,
  { sender, upload }: IntakeOptions,
): Promise<void> {
  const at = now();
  if (sender) {
    const question = { sender, now: at, exceptUpload: upload };
    await mustHaveRoom(trx, config, question, { byteLength: blob.byteLength });
  }
  await claimBlob(trx, blobs, blob);
  await newEntry(trx, { ...columns, file_digest: blob.digest });
  const { id, name, author, fork_of: forkOf, revision_of: revisionOf } = columns;
  await appendEvent(trx, "submission", {
    ...{ entry: id, name, author, file: blob.digest, byteLength: blob.byteLength },
    ...(columns.account_id !== null && { account: columns.account_id }),
    ...(columns.visibility === "held" && { held: true }),
    ...(forkOf && { forkOf }),
    ...(revisionOf && { revisionOf }),
  }, at);
  await queue.enqueueScore(trx, id);
}

async function resubmit(
  services: IntakeServices,
  entry: Entry,
  { sender, upload }: IntakeOptions,
): Promise<Received> {
  const { db, config, now, queue } = services;
  if (entry.status === "failed") {
    await db.transaction().execute(async (trx) => {
      const question = sender && { sender, now: now(), exceptUpload: upload };
      if (question) await mustHaveRoom(trx, config, question, { byteLength: 0 });
      await updateEntry(trx, entry.id, { status: "received", failure: null });
      await appendEvent(trx, "resubmission", { entry: entry.id }, now());
      await queue.enqueueScore(trx, entry.id);
    });
    services.events.publish(entry.id);
  }
  return { entryId: entry.id, added: false };
}

function otherBytes(expected: string, got: string): ValidationError {
  return new ValidationError("The bytes that arrived are not those that were announced", {
    path: "file",
    expected: `SHA-256 ${expected}`,
    got: `SHA-256 ${got}`,
    fix: "Send the file again; it may have changed while it was sent.",
  });
}
