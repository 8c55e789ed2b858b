// Refuses bodies that no route should see: packed ones, and those too large. Knows no route.

import type { Middleware } from "fresh";
import { BudgetError, TinyproofError } from "../errors.ts";
import type { AppConfig } from "../config.ts";

/** The body is in a form nobody here reads. */
export class EncodingError extends TinyproofError {}

/** Fields of a form beside its file. */
const FORM_BYTES = 1024 ** 2;

/** States of a run have twelve bytes a parameter, and a form may bring several. */
const STATES = /\/submissions\/[^/]+\/states$/;

/** @throws {EncodingError | BudgetError} before a byte of the body is read. */
export function refuseBody<S>(
  limits: () => Pick<AppConfig, "maxUploadBytes" | "maxCorpusBytes" | "keptBytes">,
): Middleware<S> {
  return (ctx) => {
    const { headers } = ctx.req;
    const coding = headers.get("content-encoding");
    // What is small when it arrives and large when it is unpacked would pass every limit.
    if (coding !== null && coding.trim().toLowerCase() !== "identity") {
      throw new EncodingError("The body is packed", {
        expected: "a body without Content-Encoding",
        got: coding.slice(0, 40),
        fix: "Send the file as it is.",
      });
    }
    const length = Number(headers.get("content-length") ?? 0);
    const { maxUploadBytes, maxCorpusBytes, keptBytes } = limits();
    const largest = STATES.test(new URL(ctx.req.url).pathname)
      ? keptBytes
      : Math.max(maxUploadBytes, maxCorpusBytes);
    const most = largest + FORM_BYTES;
    if (length > most) {
      throw new BudgetError("The body is larger than anything that is taken here", {
        expected: `at most ${most} bytes`,
        got: `${length} bytes`,
        fix: "Send a smaller file.",
      });
    }
    return ctx.next();
  };
}
