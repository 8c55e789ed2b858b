// A multipart form read as a stream: fields first, then one file that is never held in memory.

import { Busboy, type BusboyConfig } from "@fastify/busboy";
import { Readable } from "node:stream";
import { TinyproofError, ValidationError } from "../errors.ts";
import { SlowUploadError, withPatience } from "./patience.ts";

export interface MultipartUpload {
  fields: Record<string, string>;
  fileName: string;
  /** Null when the form carried no file. */
  file: ReadableStream<Uint8Array> | null;
}

export const LIMITS = { fields: 20, fieldSize: 8 * 1024, files: 1, parts: 24, headerPairs: 32 };

/**
 * Reads up to the start of the first file. The caller must consume or cancel `file`; a form that
 * breaks off inside it makes it fail with a ValidationError.
 * @throws {ValidationError} when the body is not a multipart form.
 */
export function readMultipart(request: Request): Promise<MultipartUpload> {
  const contentType = request.headers.get("content-type") ?? "";
  const parser = createParser(contentType, LIMITS);
  if (parser === null || request.body === null) {
    return Promise.reject(notAForm(contentType || "no content type"));
  }
  const patient = withPatience(request.body);
  const body = Readable.fromWeb(patient as Parameters<typeof Readable.fromWeb>[0]);
  const { promise, resolve, reject } = Promise.withResolvers<MultipartUpload>();
  const fields: Record<string, string> = Object.create(null);
  let open: Readable | null = null;
  const fail = (cause: Error) => {
    const error = cause instanceof SlowUploadError ? cause : notAForm(cause.message);
    open?.destroy(error);
    reject(error);
  };
  parser.on("field", (name: string, value: string) => void (fields[name] = value));
  parser.on("file", (_name: string, stream: Readable, fileName?: string) => {
    if (!fileName) return void stream.resume();
    open = stream;
    resolve({ fields, fileName, file: webStream(stream, () => body.destroy()) });
  });
  parser.on("finish", () => resolve({ fields, fileName: "", file: null }));
  parser.on("error", (error: unknown) => fail(error as Error));
  body.on("error", fail);
  body.pipe(parser);
  return promise;
}

/**
 * `stream` as a web stream. Not Readable.toWeb: what that receives after a cancel throws outside of
 * any promise, and ends the process.
 */
export function webStream(stream: Readable, onCancel: () => void): ReadableStream<Uint8Array> {
  const chunks = stream.iterator({ destroyOnReturn: false });
  // Errors reach the reader through the iterator; without a listener they would be thrown as well.
  stream.on("error", () => {});
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next().catch((error) => {
        throw error instanceof TinyproofError ? error : notAForm(String(error?.message ?? error));
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: onCancel,
  }, { highWaterMark: 0 });
}

export function createParser(contentType: string, limits: BusboyConfig["limits"]) {
  if (!/^multipart\/form-data;/i.test(contentType)) return null;
  try {
    return new Busboy({ headers: { "content-type": contentType }, limits });
  } catch {
    return null;
  }
}

export function notAForm(got: string): ValidationError {
  return new ValidationError("The form could not be read", {
    expected: "a whole multipart form with the fields name, author and blurb before the file",
    got: got.slice(0, 120),
    fix: "Send it again from the form on the submit page, or post the raw bytes to the API.",
  });
}
