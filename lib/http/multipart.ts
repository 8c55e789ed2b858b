// A multipart form read as a stream: fields first, then one file that is never held in memory.

import { Busboy, type BusboyConfig } from "@fastify/busboy";
import { Readable } from "node:stream";
import { TinyproofError, ValidationError } from "../errors.ts";
import { type Patience, SlowUploadError, withPatience } from "./patience.ts";

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
  return new Promise((resolve, reject) => {
    const body = parseForm(request, {
      limits: LIMITS,
      onFile: (stream, found) =>
        resolve({ ...found, file: webStream(stream, () => body.destroy()) }),
      onEnd: (fields) => resolve({ fields, fileName: "", file: null }),
      onError: reject,
    });
  });
}

type Fields = MultipartUpload["fields"];

export interface FormReader {
  limits: BusboyConfig["limits"];
  patience?: Patience;
  /** The stream has to be read or resumed before what follows it comes. */
  onFile(stream: Readable, found: Omit<MultipartUpload, "file">): void;
  onEnd(fields: Fields): void;
  /** Also when a file breaks off, whose stream fails with it. */
  onError(error: Error): void;
}

/**
 * Parses the form as its body comes; destroying the body that is returned ends that.
 * @throws {ValidationError} when the body is not a multipart form.
 */
export function parseForm(
  request: Request,
  { limits, patience, onFile, onEnd, onError }: FormReader,
): Readable {
  const contentType = request.headers.get("content-type") ?? "";
  const parser = createParser(contentType, limits);
  if (parser === null || request.body === null) throw notAForm(contentType || "no content type");
  const patient = withPatience(request.body, patience);
  const body = Readable.fromWeb(patient as Parameters<typeof Readable.fromWeb>[0]);
  const fields: Fields = Object.create(null);
  let open: Readable | null = null;
  const fail = (cause: Error) => {
    const error = cause instanceof SlowUploadError ? cause : notAForm(cause.message);
    open?.destroy(error);
    onError(error);
  };
  parser.on("field", (name: string, value: string) => void (fields[name] = value));
  parser.on("file", (_name: string, stream: Readable, fileName?: string) => {
    if (!fileName) return void stream.resume();
    open = stream;
    onFile(stream, { fields, fileName });
  });
  parser.on("finish", () => onEnd(fields));
  parser.on("error", (error: unknown) => fail(error as Error));
  body.on("error", fail);
  body.pipe(parser);
  return body;
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

function createParser(contentType: string, limits: BusboyConfig["limits"]) {
  if (!/^multipart\/form-data;/i.test(contentType)) return null;
  try {
    return new Busboy({ headers: { "content-type": contentType }, limits });
  } catch {
    return null;
  }
}

function notAForm(got: string): ValidationError {
  return new ValidationError("The form could not be read", {
    expected: "a whole multipart form with the fields name, author and blurb before the file",
    got: got.slice(0, 120),
    fix: "Send it again from the form on the submit page, or post the raw bytes to the API.",
  });
}
