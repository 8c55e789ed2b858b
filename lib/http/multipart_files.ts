// A multipart form with several large files, one handed out after the other and never held in memory.

import { LIMITS, type MultipartUpload, parseForm, webStream } from "./multipart.ts";
import type { Patience } from "./patience.ts";

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
  // Small files come faster than they are taken.
  const arrived: (FormFile | Error | null)[] = [];
  let more = Promise.withResolvers<void>();
  const add = (item: FormFile | Error | null) => {
    arrived.push(item);
    more.resolve();
  };
  const body = parseForm(request, {
    limits: { ...LIMITS, files: mostFiles, parts: mostFiles + LIMITS.fields },
    patience,
    onFile: (stream, found) => add({ ...found, file: webStream(stream, () => stream.resume()) }),
    onEnd: () => add(null),
    onError: add,
  });
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
