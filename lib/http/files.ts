// Files by content: from disk or a bucket, whole or in part. Knows no route.

import { openRange } from "../storage/blob_files.ts";
import type { BlobStore, ByteRange } from "../storage/blobs.ts";

import { hasAlready } from "./etag.ts";

/** The header of something whose address changes with its content. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/** Where the bytes come from. */
interface Content {
  byteLength: number;
  open(range?: ByteRange): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

export interface SendOptions {
  /** Changes with the bytes. */
  etag: string;
  headers: Record<string, string>;
}

/** A file of the disk. @throws Deno.errors.NotFound */
export async function sendFile(
  request: Request,
  path: string,
  options: SendOptions,
): Promise<Response> {
  const { size } = await Deno.stat(path);
  const content = { byteLength: size, open: (range?: ByteRange) => openRange(path, range) };
  return await sendContent(request, content, options);
}

/**
 * A blob as a download. Where it is kept in a bucket, a reader who can go there is sent there; what
 * a page fetches comes from here always, since its policy lets it connect to this origin alone.
 *
 * @throws {NotFoundError}
 */
export async function sendBlob(
  request: Request,
  blobs: BlobStore,
  { digest, fileName, type = "application/octet-stream" }: {
    digest: string;
    fileName: string;
    type?: string;
  },
): Promise<Response> {
  const varies = { vary: "sec-fetch-mode" };
  const byteLength = await blobs.size(digest);
  const there = mayGoElsewhere(request) ? await blobs.downloadUrl(digest, fileName) : null;
  if (there !== null) {
    // Its address is good for minutes, so nobody may keep it.
    return new Response(null, {
      status: 302,
      headers: { ...varies, location: there, "cache-control": "no-store" },
    });
  }
  const content = { byteLength, open: (range?: ByteRange) => blobs.open(digest, range) };
  return await sendContent(request, content, {
    etag: digest,
    headers: {
      ...varies,
      "content-type": type,
      "content-disposition": `attachment; filename="${fileName}"`,
      "cache-control": IMMUTABLE,
    },
  });
}

/**
 * Somebody who opens a link, or a program. Browsers that say nothing of the kind are too old for
 * the engine, so no page of theirs fetches a model.
 */
function mayGoElsewhere({ method, headers }: Request): boolean {
  return method === "GET" && ["navigate", null].includes(headers.get("sec-fetch-mode"));
}

/** All bytes or the range asked for; 304 when the client holds `etag`, 416 beyond the end. */
async function sendContent(
  request: Request,
  { byteLength, open }: Content,
  { etag, headers }: SendOptions,
): Promise<Response> {
  const tag = `"${etag}"`;
  const head: Record<string, string> = { ...headers, etag: tag, "accept-ranges": "bytes" };
  if (hasAlready(request, tag)) {
    return new Response(null, { status: 304, headers: head });
  }
  const range = rangeOf(request, tag, byteLength);
  if (range === "beyond") {
    return new Response(null, {
      status: 416,
      headers: { ...head, "content-range": `bytes */${byteLength}` },
    });
  }
  if (range !== null) head["content-range"] = `bytes ${range.start}-${range.end - 1}/${byteLength}`;
  const { start, end } = range ?? { start: 0, end: byteLength };
  head["content-length"] = String(end - start);
  const body = request.method === "HEAD" ? null : await open(range ?? undefined);
  return new Response(body, { status: range === null ? 200 : 206, headers: head });
}

/** One range, of the bytes the client knows. Anything else asked for is answered whole (RFC 9110). */
function rangeOf(request: Request, tag: string, byteLength: number): ByteRange | "beyond" | null {
  if (request.method !== "GET") return null;
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get("range") ?? "");
  const condition = request.headers.get("if-range");
  if (asked === null || (condition !== null && condition !== tag)) return null;
  const [, from, to] = asked;
  if (from === "" && to === "") return null;
  const start = from === "" ? Math.max(0, byteLength - Number(to)) : Number(from);
  const end = from === "" || to === "" ? byteLength : Math.min(Number(to) + 1, byteLength);
  if (from !== "" && to !== "" && Number(to) < start) return null;
  return start < end ? { start, end } : "beyond";
}
