import { define } from "../../../../app_state.ts";
import { json } from "../../../../lib/http/json.ts";
import { withPatience } from "../../../../lib/http/patience.ts";
import { byteCount, checksumOf, mustBePart, TusError } from "../../../../lib/http/tus.ts";
import { uploadJson } from "../../../../lib/http/views.ts";
import {
  appendPart,
  arrivedBytes,
  endUpload,
  offsetOf,
  requireUpload,
} from "../../../../lib/submissions/uploads.ts";
import type { State } from "../../../../app_state.ts";

function uploadOf({ state, params }: { state: State; params: Record<string, string> }) {
  return requireUpload(state.services, params.id, state.caller?.account.id ?? null);
}

type UploadContext = Parameters<typeof uploadOf>[0] & { req: Request };

async function append(ctx: UploadContext): Promise<Response> {
  mustBePart(ctx.req);
  const offset = byteCount(ctx.req, "Upload-Offset");
  const checksum = checksumOf(ctx.req);
  const upload = await uploadOf(ctx);
  const stream = withPatience(ctx.req.body ?? new Blob().stream());
  const part = { offset, checksum, stream };
  const { offset: reached, expiresAt } = await appendPart(ctx.state.services, upload, part);
  return new Response(null, {
    status: 204,
    headers: { "upload-offset": String(reached), "upload-expires": expiresAt.toUTCString() },
  });
}

async function terminate(ctx: UploadContext): Promise<Response> {
  await endUpload(ctx.state.services, await uploadOf(ctx));
  return new Response(null, { status: 204 });
}

export const handler = define.handlers({
  async GET(ctx) {
    const upload = await uploadOf(ctx);
    return json(uploadJson(upload, await arrivedBytes(ctx.state.services, upload)), {
      headers: { "cache-control": "no-store" },
    });
  },

  /** Where to go on. */
  async HEAD(ctx) {
    const upload = await uploadOf(ctx);
    return new Response(null, {
      headers: {
        "upload-offset": String(await offsetOf(ctx.state.services, upload)),
        "upload-length": String(upload.byte_length),
        "upload-expires": upload.expires_at.toUTCString(),
        "cache-control": "no-store",
      },
    });
  },

  /** The body is the next part of the file. */
  PATCH: append,

  DELETE: terminate,

  /** For senders that can say nothing but GET and POST: X-HTTP-Method-Override names the method. */
  POST(ctx) {
    const method = ctx.req.headers.get("x-http-method-override");
    if (method === "PATCH") return append(ctx);
    if (method === "DELETE") return terminate(ctx);
    throw new TusError(405, "the method PATCH or DELETE in X-HTTP-Method-Override", method);
  },
});
