// A multipart form read as a stream: fields first, then one file that is never held in memory.

import { Busboy } from "@fastify/busboy";
import { Readable } from "node:stream";
import { ValidationError } from "../errors.ts";

export interface MultipartUpload {
  fields: Record<string, string>;
  fileName: string;
  /** Null when the form carried no file. */
  file: ReadableStream<Uint8Array> | null;
}

const LIMITS = { fields: 20, fieldSize: 8 * 1024, files: 1, parts: 24, headerPairs: 32 };

/**
 * Reads up to the start of the file part named "file". The caller must consume or cancel `file`.
 * @throws {ValidationError} when the body is not a multipart form.
 */
export function readMultipart(request: Request): Promise<MultipartUpload> {
  const contentType = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data;/i.test(contentType) || request.body === null) {
    return Promise.reject(notAForm(contentType || "no content type"));
  }
  const { promise, resolve, reject } = Promise.withResolvers<MultipartUpload>();
  const fields: Record<string, string> = {};
  let open: Readable | null = null;
  const fail = (error: unknown) => {
    const reason = error instanceof Error ? error : new Error(String(error));
    open?.destroy(reason);
    reject(notAForm(reason.message));
  };
  const parser = createParser(contentType);
  if (parser === null) return Promise.reject(notAForm(contentType));
  parser.on("field", (name: string, value: string) => {
    if (name !== "__proto__") fields[name] = value;
  });
  parser.on("file", (_name: string, stream: Readable, fileName?: string) => {
    if (!fileName) {
      stream.resume();
      return;
    }
    open = stream;
    resolve({
      fields,
      fileName,
      file: Readable.toWeb(stream) as unknown as ReadableStream<Uint8Array>,
    });
  });
  parser.on("finish", () => resolve({ fields, fileName: "", file: null }));
  parser.on("error", fail);
  const body = Readable.fromWeb(request.body as Parameters<typeof Readable.fromWeb>[0]);
  body.on("error", fail);
  body.pipe(parser);
  return promise;
}

function createParser(contentType: string) {
  try {
    return new Busboy({ headers: { "content-type": contentType }, limits: LIMITS });
  } catch {
    return null;
  }
}

function notAForm(got: string): ValidationError {
  return new ValidationError("The form could not be read", {
    expected: "multipart/form-data with the fields name, author and blurb before the file",
    got: got.slice(0, 120),
    fix:
      "Send it from the form on the submit page, or use PUT with the raw bytes as the API describes.",
  });
}
