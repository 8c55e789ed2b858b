import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { sendBlob } from "../../lib/http/files.ts";

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
    const fileName = `${digest.slice(0, 12)}.tinygpt`;
    return await sendBlob(ctx.req, blobs, { digest, fileName });
  },
});
