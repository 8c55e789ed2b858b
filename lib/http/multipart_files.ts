// A multipart form with several large files, one handed out after the other and never held in memory.

import { Readable } from "node:stream";
import { createParser, LIMITS, type MultipartUpload, notAForm, webStream } from "./multipart.ts";
import { type Patience, SlowUploadError, withPatience } from "./patience.ts";

export type FormFile = MultipartUpload & { file: ReadableStream<Uint8Array> };

interface Options {
  mostFiles: number;
  patience: Patience;
}

/**
 * Each file of the form, with the fields that stood before it. The next one comes when this one was
 * read to its end or cancelled, which passes over what is left of it.
 *
 * @throws {ValidationError} when the body is not a multipart form, or breaks off.
 */
export async function* multipartFiles(
  request: Request,
  { mostFiles, patience }: Options,
): AsyncGenerator<FormFile> {
  const contentType = request.headers.get("content-type") ?? "";
  const limits = { ...LIMITS, files: mostFiles, parts: mostFiles + LIMITS.fields };
  const parser = createParser(contentType, limits);
  if (parser === null || request.body === null) throw notAForm(contentType || "no content type");
  const patient = withPatience(request.body, patience);
  const body = Readable.fromWeb(patient as Parameters<typeof Readable.fromWeb>[0]);
  const fields: Record<string, string> = Object.create(null);
  // Small files come faster than they are taken.
  const arrived: (FormFile | Error | null)[] = [];
  let more = Promise.withResolvers<void>();
  let open: Readable | null = null;
  const add = (item: FormFile | Error | null) => {
    arrived.push(item);
    more.resolve();
  };
  const fail = (cause: Error) => {
    const error = cause instanceof SlowUploadError ? cause : notAForm(cause.message);
    open?.destroy(error);
    add(error);
  };
  parser.on("field", (name: string, value: string) => void (fields[name] = value));
  parser.on("file", (_name: string, stream: Readable, fileName?: string) => {
    if (!fileName) return void stream.resume();
    open = stream;
    add({ fields, fileName, file: webStream(stream, () => stream.resume()) });
  });
  parser.on("finish", () => add(null));
  parser.on("error", (error: unknown) => fail(error as Error));
  body.on("error", fail);
  body.pipe(parser);
  try {
    for (;;) {
      const item = arrived.shift();
      if (item === undefined) {
        await more.promise;
        more = Promise.withResolvers();
        continue;
      }
      if (item instanceof Error) throw item;
      if (item === null) return;
      yield item;
    }
  } finally {
    body.unpipe();
    body.destroy();
  }
}
