import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { IMMUTABLE, sendFile } from "../../lib/http/files.ts";

const NAME = /^([0-9a-f]{64})\.tinygpt$/;

export const handler = define.handlers({
  async GET(ctx) {
    const digest = NAME.exec(ctx.params.file)?.[1];
    const { blobs } = ctx.state.services;
    if (digest === undefined || !await blobs.has(digest)) {
      throw new NotFoundError("There is no such file", {
        expected: "the SHA-256 of a submitted file, then .tinygpt",
        got: ctx.params.file.slice(0, 80),
        fix: "Take the link from the page of the model.",
      });
    }
    return await sendFile(ctx.req, blobs.path(digest), {
      etag: digest,
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${digest.slice(0, 12)}.tinygpt"`,
        "cache-control": IMMUTABLE,
      },
    });
  },
});
