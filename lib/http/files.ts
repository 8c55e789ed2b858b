// Files by content, sent from disk. Knows no route.

/** The header of something whose address changes with its content. */
export const IMMUTABLE = "public, max-age=31536000, immutable";

/** Streams `path`; answers 304 when the client holds `etag`. @throws Deno.errors.NotFound */
export async function sendFile(
  request: Request,
  path: string,
  { etag, headers }: { etag: string; headers: Record<string, string> },
): Promise<Response> {
  const tag = `"${etag}"`;
  if (request.headers.get("if-none-match") === tag) {
    return new Response(null, { status: 304, headers: { ...headers, etag: tag } });
  }
  const file = await Deno.open(path);
  const { size } = await file.stat();
  const head = { ...headers, etag: tag, "content-length": String(size) };
  if (request.method !== "HEAD") return new Response(file.readable, { headers: head });
  file.close();
  return new Response(null, { headers: head });
}
