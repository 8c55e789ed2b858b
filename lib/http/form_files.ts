// A form with several small files, held in memory. Knows no route.

import { Busboy } from "@fastify/busboy";
import { Readable } from "node:stream";
import { concatBytes } from "../bytes.ts";
import { BudgetError, TinyproofError, ValidationError } from "../errors.ts";
import { withPatience } from "./patience.ts";

export interface FormFiles {
  fields: Record<string, string>;
  /** Texts by file name. */
  files: Map<string, string>;
}

/** Of all files of a study together. */
const MOST_BYTES = 24 * 2 ** 20;
const LIMITS = { fields: 20, fieldSize: 64 * 1024, files: 20, parts: 40, headerPairs: 32 };

/**
 * @throws {ValidationError} when the body is no multipart form, or a file no UTF-8 text.
 * @throws {BudgetError} when the files together are larger than 24 MiB.
 */
export async function readFormFiles(request: Request): Promise<FormFiles> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data;/i.test(type) || request.body === null) {
    throw notAForm(type || "no content type");
  }
  const found = await readParts(type, withPatience(request.body));
  const files = new Map<string, string>();
  for (const [name, chunks] of found.files) files.set(name, asText(name, concatBytes(chunks)));
  return { fields: found.fields, files };
}

interface Parts {
  fields: Record<string, string>;
  files: Map<string, Uint8Array[]>;
}

function readParts(type: string, stream: ReadableStream<Uint8Array>): Promise<Parts> {
  const { promise, resolve, reject } = Promise.withResolvers<Parts>();
  const parts: Parts = { fields: Object.create(null), files: new Map() };
  const body = Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]);
  const fail = (cause: Error) => {
    body.unpipe();
    body.destroy();
    reject(cause instanceof TinyproofError ? cause : notAForm(cause.message));
  };
  let parser: InstanceType<typeof Busboy>;
  try {
    parser = new Busboy({ headers: { "content-type": type }, limits: LIMITS });
  } catch (error) {
    return Promise.reject(notAForm((error as Error).message));
  }
  let byteLength = 0;
  parser.on("field", (name: string, value: string, _cut: boolean, isCut: boolean) => {
    if (isCut) fail(tooLong(name));
    parts.fields[name] = value;
  });
  parser.on("file", (_name: string, file: Readable, fileName?: string) => {
    if (!fileName) return void file.resume();
    const chunks: Uint8Array[] = [];
    parts.files.set(fileName.split(/[\\/]/).at(-1)!, chunks);
    file.on("data", (chunk: Uint8Array) => {
      byteLength += chunk.length;
      if (byteLength > MOST_BYTES) fail(tooLarge());
      else chunks.push(Uint8Array.from(chunk));
    });
    file.on("error", fail);
  });
  parser.on("finish", () => resolve(parts));
  parser.on("error", (error: unknown) => fail(error as Error));
  body.on("error", fail);
  body.pipe(parser);
  return promise;
}

function asText(name: string, bytes: Uint8Array): string {
  try {
    // The mark at the start stays: whoever reads the file counts it.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ValidationError(`${name} is no text in UTF-8`, {
      path: name,
      expected: "UTF-8",
      got: "other bytes",
      fix: "Save the file as UTF-8, or leave it out.",
    });
  }
}

function tooLarge(): BudgetError {
  return new BudgetError("The files are too large", {
    expected: `at most ${MOST_BYTES} bytes together`,
    got: "more",
    fix: "Leave out what is no part of the study.",
  });
}

function tooLong(name: string): BudgetError {
  return new BudgetError(`The field ${name} is too long`, {
    expected: `at most ${LIMITS.fieldSize} bytes`,
    got: "more",
    fix: "Send it as a file.",
  });
}

function notAForm(got: string): ValidationError {
  return new ValidationError("The form could not be read", {
    expected: "a whole multipart form with the files of a study",
    got: got.slice(0, 120),
    fix: "Send it again from the form on the page.",
  });
}
