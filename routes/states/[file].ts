import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { sendBlob } from "../../lib/http/files.ts";
import { isPublicState } from "../../lib/verification/segment_store.ts";

const NAME = /^([0-9a-f]{64})\.tinygpt$/;

export const handler = define.handlers({
  /** A state in which a segment of an exact run starts. */
  async GET(ctx) {
    const digest = NAME.exec(ctx.params.file)?.[1];
    const { blobs, db } = ctx.state.services;
    if (digest !== undefined && await isPublicState(db, digest)) {
      const fileName = `state-${digest.slice(0, 12)}.tinygpt`;
      return await sendBlob(ctx.req, blobs, { digest, fileName });
    }
    throw new NotFoundError("There is no such state, or it is not kept any more", {
      expected: "the SHA-256 of a state that a segment starts from, then .tinygpt",
      got: ctx.params.file.slice(0, 80),
      fix: "See /api/v1/models/{id}/segments for those that are kept, or replay the whole run.",
    });
  },
});
