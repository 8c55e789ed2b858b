import { define } from "../../../../app_state.ts";
import { submitterOf } from "../../../../lib/http/sender.ts";
import { quotaRefused } from "../../../../lib/http/submitting.ts";
import { byteCount, metadata, tusFeatures } from "../../../../lib/http/tus.ts";
import type { Upload } from "../../../../lib/storage/schema.ts";
import { beginUpload } from "../../../../lib/submissions/uploads.ts";

export const handler = define.handlers({
  OPTIONS(ctx) {
    const { maxUploadBytes } = ctx.state.services.config;
    return new Response(null, { status: 204, headers: tusFeatures(maxUploadBytes) });
  },

  /** Announces a file: its length, and in Upload-Metadata its SHA-256 and name. */
  async POST(ctx) {
    const { sha256 = "", filename: fileName = "" } = metadata(ctx.req);
    const announced = { byteLength: byteCount(ctx.req, "Upload-Length"), sha256, fileName };
    const { sender } = await submitterOf(ctx);
    let upload: Upload;
    try {
      upload = await beginUpload(ctx.state.services, announced, sender);
    } catch (error) {
      return await quotaRefused(ctx.state, sender, error);
    }
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
