import { define } from "../../app_state.ts";
import { BENCHMARKS } from "../../lib/benchmarks/registry.ts";
import { NotFoundError } from "../../lib/errors.ts";
import { sendFile } from "../../lib/http/files.ts";

export const handler = define.handlers({
  /** The files benchmarks read, and nothing else below data/. */
  async GET(ctx) {
    const benchmark = BENCHMARKS.find(({ dataFile }) => dataFile === ctx.params.path);
    if (!benchmark?.dataFile) {
      throw new NotFoundError("No benchmark reads a file of this name");
    }
    const path = new URL(`../../data/${benchmark.dataFile}`, import.meta.url).pathname;
    return await sendFile(ctx.req, path, {
      etag: benchmark.dataDigest,
      headers: { "content-type": "application/octet-stream", "cache-control": "no-cache" },
    });
  },
});
