// Takes a corpus in: checks the fields, streams the bytes to disk while hashing and decoding them,
// and writes its row and its ledger event together. The scan follows by itself.

import { z } from "zod";
import { fromUtf8 } from "../bytes.ts";
import { BudgetError, IntegrityError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import { appendEvent } from "../storage/ledger.ts";
import { printable, visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { CORPUS_LIMITS, DECLARATION, LICENCES } from "./fields.ts";
import { CORPORA } from "./registry.ts";
import { getCorpus, newCorpus } from "./store.ts";

type IntakeServices = Pick<Services, "config" | "db" | "blobs" | "events" | "now">;

/** The event that a corpus waits to be scanned. */
export const CORPUS_UPLOADED = "corpus uploaded";

const PREVIEW_BYTES = 2048;

export interface CorpusFields {
  name: string;
  author: string;
  /** SPDX identifier, or "other" with its name in `licenceNote`. */
  licence: string;
  licenceNote: string;
  /** Where the text is from. */
  source: string;
  /** "yes": see DECLARATION. */
  declaration: string;
}

/** What is asked for beside the text. */
export const corpusFieldsSchema = z.object({
  name: visible(CORPUS_LIMITS.name).describe("Name of the corpus."),
  author: visible(CORPUS_LIMITS.author).describe("Who sends it."),
  licence: z.enum(Object.keys(LICENCES) as [keyof typeof LICENCES])
    .describe("SPDX identifier of its licence, or other."),
  licenceNote: printable(0, CORPUS_LIMITS.licenceNote)
    .describe("What else is to be said of it; the name of another licence."),
  source: visible(CORPUS_LIMITS.source).describe("Where the text is from."),
  declaration: z.literal("yes", { error: `"yes", which means: ${DECLARATION}` })
    .describe(`You declare: ${DECLARATION}`),
});

/**
 * The same bytes again give the corpus they gave before, as it was described the first time.
 *
 * @param expected SHA-256 the sender expects of the bytes, when it says so.
 * @throws {ValidationError} when a field is missing or too long, or the bytes are no UTF-8 text.
 * @throws {BudgetError} when there are more than `config.maxCorpusBytes`.
 * @throws {IntegrityError} when the bytes are not the expected ones.
 */
export async function receiveCorpus(
  services: IntakeServices,
  body: ReadableStream<Uint8Array>,
  fields: CorpusFields,
  expected?: string,
): Promise<{ sha256: string; added: boolean }> {
  let checked: z.output<typeof corpusFieldsSchema>;
  try {
    checked = checkFields(fields);
    if (expected !== undefined) refuseRegistered(expected);
  } catch (error) {
    await body.cancel();
    throw error;
  }
  const { blobs, config, db } = services;
  const text = new TextCheck();
  const { digest, byteLength } = await blobs.put(body.pipeThrough(text.stream), {
    maxBytes: config.maxCorpusBytes,
  }).catch((error) => {
    throw error instanceof BudgetError ? tooLarge(config.maxCorpusBytes) : error;
  });
  const known = await getCorpus(db, digest) !== null;
  try {
    if (byteLength === 0) throw notText("no bytes");
    refuseRegistered(digest);
    if (expected !== undefined && expected !== digest) throw otherBytes(expected, digest);
  } catch (error) {
    if (!known) await blobs.delete(digest).catch(() => {});
    throw error;
  }
  if (known) return { sha256: digest, added: false };
  const added = await writeRow(
    services,
    { sha256: digest, byteLength, preview: text.preview() },
    checked,
  );
  services.events.publish(CORPUS_UPLOADED);
  return { sha256: digest, added };
}

function checkFields(fields: CorpusFields) {
  const checked = parseDocument(corpusFieldsSchema, fields, "corpus");
  if (checked.licence !== "other" || checked.licenceNote !== "") return checked;
  throw new ValidationError("corpus.licenceNote: another licence needs its name and text", {
    path: "licenceNote",
    expected: "the name of the licence and where it stands",
    got: "nothing",
    fix: "Name the licence, or choose one of the list.",
  });
}

async function writeRow(
  { db, now }: IntakeServices,
  { sha256, byteLength, preview }: { sha256: string; byteLength: number; preview: string },
  { name, author, licence, licenceNote, source }: z.output<typeof corpusFieldsSchema>,
): Promise<boolean> {
  return await db.transaction().execute(async (trx) => {
    await trx.insertInto("blob").values({ digest: sha256, byte_length: byteLength })
      .onConflict((conflict) => conflict.doNothing()).execute();
    const described = { sha256, name, author, licence, source, preview };
    const added = await newCorpus(trx, {
      ...described,
      licence_note: licenceNote,
      byte_length: byteLength,
    });
    const event = { corpus: sha256, byteLength, name, author, licence, source };
    if (added) await appendEvent(trx, "corpus", event, now());
    return added;
  });
}

/** Lets bytes pass as long as they are UTF-8 text without NUL, and keeps the first. */
class TextCheck {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  readonly stream = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      this.#check(chunk, true);
      if (this.#keptBytes < PREVIEW_BYTES) this.#kept.push(chunk.slice(0, PREVIEW_BYTES));
      this.#keptBytes += chunk.length;
      controller.enqueue(chunk);
    },
    flush: () => this.#check(new Uint8Array(), false),
  });

  #check(chunk: Uint8Array, more: boolean): void {
    try {
      this.#decoder.decode(chunk, { stream: more });
    } catch {
      throw notText(`other bytes, at or after byte ${this.#keptBytes}`);
    }
    if (chunk.includes(0)) throw notText(`a NUL, at or after byte ${this.#keptBytes}`);
  }

  /** The first bytes, without the part of a character at their end. */
  preview(): string {
    const bytes = new Uint8Array(PREVIEW_BYTES);
    let filled = 0;
    for (const chunk of this.#kept) {
      const part = chunk.subarray(0, PREVIEW_BYTES - filled);
      bytes.set(part, filled);
      filled += part.length;
    }
    return fromUtf8(bytes.subarray(0, filled)).replace(/\uFFFD+$/, "");
  }
}

function refuseRegistered(sha256: string): void {
  const corpus = CORPORA.find((corpus) => corpus.sha256 === sha256);
  if (corpus === undefined) return;
  throw new ValidationError(`These bytes are the registered corpus ${corpus.id}`, {
    path: "file",
    expected: "a corpus that is not registered",
    got: corpus.name,
    fix: `Name it in the recipe: "corpus": "${corpus.id}".`,
  });
}

function notText(got: string): ValidationError {
  return new ValidationError("A corpus is UTF-8 text", {
    path: "file",
    expected: "UTF-8 text without NUL",
    got,
    fix: "Save the file as UTF-8 and send it again. Nothing was stored.",
  });
}

function tooLarge(maxBytes: number): BudgetError {
  return new BudgetError(`The corpus is larger than ${maxBytes / 1024 ** 2} MiB`, {
    expected: `at most ${maxBytes} bytes`,
    got: "more",
    fix: "Send a smaller selection. Nothing was stored.",
  });
}

function otherBytes(expected: string, got: string): IntegrityError {
  return new IntegrityError("The bytes that arrived are not those that were announced", {
    expected: `SHA-256 ${expected}`,
    got: `SHA-256 ${got}`,
    fix: "Send the file again, or take its SHA-256 again.",
  });
}
