import { define } from "../../app_state.ts";
import { GoneError, NotFoundError } from "../../lib/errors.ts";
import { sendBlob } from "../../lib/http/files.ts";
import { modelFile } from "../../lib/moderation/store.ts";

const NAME = /^([0-9a-f]{64})\.tinygpt$/;

export const handler = define.handlers({
  async GET(ctx) {
    const digest = NAME.exec(ctx.params.file)?.[1];
    const { blobs, db } = ctx.state.services;
    const found = digest && await blobs.has(digest) ? await modelFile(db, digest) : null;
    if (digest === undefined || found === null) {
      throw new NotFoundError("There is no such file", {
        expected: "the SHA-256 of a submitted file, then .tinygpt",
        got: ctx.params.file.slice(0, 80),
        fix: "Take the link from the page of the model.",
      });
    }
    if (found === "hidden") {
      throw new GoneError("A moderator has hidden the model of this file", {
        fix: "The decision is public: /moderation/decisions",
      });
    }
    const fileName = `${digest.slice(0, 12)}.tinygpt`;
    return await sendBlob(ctx.req, blobs, { digest, fileName });
  },
});
