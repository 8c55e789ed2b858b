// Files by content, sent from disk. Knows no route.

/** The header of something whose address changes with its content. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/**
 * Streams `path`, or the range of it that is asked for (RFC 9110, section 14); answers 304 when the
 * client holds `etag`. @throws Deno.errors.NotFound
 */
export async function sendFile(
  request: Request,
  path: string,
  { etag, headers }: { etag: string; headers: Record<string, string> },
): Promise<Response> {
  const tag = `"${etag}"`;
  const common = { ...headers, etag: tag, "accept-ranges": "bytes" };
  if (request.headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: common });
  }
  const file = await Deno.open(path);
  const { size } = await file.stat();
  const range = request.method === "GET" ? rangeOf(request.headers, tag, size) : null;
  if (range === "unsatisfiable") {
    file.close();
    const head = { ...common, "content-range": `bytes */${size}` };
    return new Response(null, { status: 416, headers: head });
  }
  const { start, end } = range ?? { start: 0, end: size };
  const head: Record<string, string> = { ...common, "content-length": String(end - start) };
  if (range !== null) head["content-range"] = `bytes ${start}-${end - 1}/${size}`;
  if (request.method === "HEAD") {
    file.close();
    return new Response(null, { headers: head });
  }
  if (range === null) return new Response(file.readable, { headers: head });
  await file.seek(start, Deno.SeekMode.Start);
  return new Response(firstBytes(file, end - start), { status: 206, headers: head });
}

/** One range; null for none, for several, and for a file the client has another version of. */
function rangeOf(
  headers: Headers,
  tag: string,
  size: number,
): { start: number; end: number } | "unsatisfiable" | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.get("range") ?? "");
  const held = headers.get("if-range");
  if (!match || match[0] === "bytes=-" || (held !== null && held !== tag)) return null;
  const [first, last] = [match[1], match[2]];
  if (first === "") {
    const start = Math.max(0, size - Number(last));
    return start < size ? { start, end: size } : "unsatisfiable";
  }
  const [start, end] = [Number(first), last === "" ? size : Math.min(size, Number(last) + 1)];
  if (last !== "" && Number(last) < start) return null;
  return start < size ? { start, end } : "unsatisfiable";
}

/** From where the file stands; closes it at the end. */
function firstBytes(file: Deno.FsFile, byteLength: number): ReadableStream<Uint8Array> {
  let left = byteLength;
  return new ReadableStream({
    async pull(controller) {
      const chunk = new Uint8Array(Math.min(left, 64 * 1024));
      const count = await file.read(chunk) ?? 0;
      left -= count;
      if (count > 0) controller.enqueue(chunk.subarray(0, count));
      if (count > 0 && left > 0) return;
      file.close();
      controller.close();
    },
    cancel: () => file.close(),
  }, { highWaterMark: 0 });
}
