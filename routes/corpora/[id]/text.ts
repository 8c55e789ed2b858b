import { define } from "../../../app_state.ts";
import { findCorpus, isUploadId } from "../../../lib/corpora/registry.ts";
import { getCorpus } from "../../../lib/corpora/store.ts";
import { NotFoundError } from "../../../lib/errors.ts";
import { sendBlob, sendFile } from "../../../lib/http/files.ts";

export const handler = define.handlers({
  /** A corpus as a download: never shown by the browser, whatever it holds. */
  async GET(ctx) {
    const { id } = ctx.params;
    const { blobs, db } = ctx.state.services;
    const registered = findCorpus(id);
    const known = registered ?? (isUploadId(id) ? await getCorpus(db, id) : null);
    if (!known) throw new NotFoundError("There is no corpus with this id");
    const fileName = `${id.slice(0, 40)}.txt`;
    if (!registered) return await sendBlob(ctx.req, blobs, { digest: id, fileName });
    const path = new URL(`../../../data/${registered.file}`, import.meta.url).pathname;
    return await sendFile(ctx.req, path, {
      etag: known.sha256,
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${fileName}"`,
        "cache-control": "no-cache",
      },
    });
  },
});
