import { define } from "../../../../app_state.ts";
import { countedOf, submitterOf } from "../../../../lib/http/sender.ts";
import { authorOf, quotaRefused } from "../../../../lib/http/submitting.ts";
import { byteCount, metadata, tusFeatures } from "../../../../lib/http/tus.ts";
import type { Upload } from "../../../../lib/storage/schema.ts";
import { beginStateUpload } from "../../../../lib/submissions/state_uploads.ts";
import { beginUpload } from "../../../../lib/submissions/uploads.ts";

export const handler = define.handlers({
  OPTIONS(ctx) {
    const { maxUploadBytes } = ctx.state.services.config;
    return new Response(null, { status: 204, headers: tusFeatures(maxUploadBytes) });
  },

  /**
   * Announces a file: its length, and in Upload-Metadata its SHA-256 and name; with stateOf it is a
   * state of that model's run.
   */
  async POST(ctx) {
    const { sha256 = "", filename: fileName = "", stateOf } = metadata(ctx.req);
    const announced = { byteLength: byteCount(ctx.req, "Upload-Length"), sha256, fileName };
    const { services } = ctx.state;
    const claimant = stateOf === undefined ? null : authorOf(ctx);
    const sender = claimant === null ? (await submitterOf(ctx)).sender : await countedOf(ctx);
    let upload: Upload;
    try {
      upload = claimant === null
        ? await beginUpload(services, announced, sender)
        : await beginStateUpload(services, announced, { entryId: stateOf, claimant, sender });
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
