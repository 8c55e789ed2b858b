import { define } from "../../../../app_state.ts";
import { senderOf } from "../../../../lib/http/sender.ts";
import { byteCount, metadata, tusFeatures } from "../../../../lib/http/tus.ts";
import { beginUpload } from "../../../../lib/submissions/uploads.ts";

export const handler = define.handlers({
  OPTIONS(ctx) {
    const { maxUploadBytes } = ctx.state.services.config;
    return new Response(null, { status: 204, headers: tusFeatures(maxUploadBytes) });
  },

  /** Announces a file: its length, and in Upload-Metadata its SHA-256 and name. */
  async POST(ctx) {
    const { sha256 = "", filename = "" } = metadata(ctx.req);
    const upload = await beginUpload(
      ctx.state.services,
      { byteLength: byteCount(ctx.req, "Upload-Length"), sha256, fileName: filename },
      await senderOf(ctx),
    );
    return new Response(null, {
      status: 201,
      headers: {
        location: `/api/v1/uploads/${upload.id}`,
        "upload-expires": upload.expires_at.toUTCString(),
        "cache-control": "no-store",
      },
    });
  },
});
