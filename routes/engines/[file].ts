import { define } from "../../app_state.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { sendBlob } from "../../lib/http/files.ts";
import { keptEngine } from "../../lib/verification/engine_store.ts";

const NAME = /^([0-9a-f]{64})\.wasm$/;

export const handler = define.handlers({
  async GET(ctx) {
    const digest = NAME.exec(ctx.params.file)?.[1];
    const { blobs, db } = ctx.state.services;
    const kept = digest === undefined ? null : await keptEngine(db, digest);
    if (kept !== null) {
      const fileName = `engine-${kept.digest.slice(0, 12)}.wasm`;
      const file = { digest: kept.digest, fileName, type: "application/wasm" };
      return await sendBlob(ctx.req, blobs, file);
    }
    throw new NotFoundError("This engine is not kept here", {
      expected: "the SHA-256 of an engine that this board has run, then .wasm",
      got: ctx.params.file.slice(0, 80),
      fix: "See /api/v1/engines for those that are.",
    });
  },
});
