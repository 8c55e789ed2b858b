import { define } from "../../../../app_state.ts";
import { ValidationError } from "../../../../lib/errors.ts";
import { json } from "../../../../lib/http/json.ts";
import { withPatience } from "../../../../lib/http/patience.ts";
import { remoteAddress, submissionLimiter } from "../../../../lib/http/rate_limit.ts";
import { submitterOf } from "../../../../lib/http/sender.ts";
import {
  quotaFor,
  quotaHeaders,
  quotaRefused,
  type SubmissionRequest,
  submitFor,
  withdrawalPath,
} from "../../../../lib/http/submitting.ts";

export const handler = define.handlers({
  /** The body is the file itself, or `upload` names it; what the form asks for is in the query. */
  async POST(ctx) {
    await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    const submitter = await submitterOf(ctx);
    const { sender } = submitter;
    const field = (name: string) => ctx.url.searchParams.get(name) ?? "";
    try {
      const { entryId, key } = await submitFor(ctx.state, {
        ...submitter,
        fields: {
          name: field("name"),
          author: field("author"),
          blurb: field("blurb"),
          fileName: field("fileName"),
          forkOf: field("forkOf"),
          revisionOf: field("revisionOf"),
        },
        file: fileOf(ctx.req, field("upload")),
        byteLength: Number(ctx.req.headers.get("content-length") ?? 0),
        sha256: field("sha256") || undefined,
        withdrawal: field("withdrawal"),
        revisionKey: ctx.req.headers.get("withdrawal-key") ?? "",
      });
      const status = `/submissions/${entryId}`;
      const nowMs = ctx.state.services.now().getTime();
      const headers = quotaHeaders(await quotaFor(ctx.state, sender), nowMs);
      return json({
        ...{ id: entryId, status, model: `/models/${entryId}` },
        ...(key !== null && { withdraw: withdrawalPath(entryId, key) }),
      }, { status: 201, headers: { ...headers, location: status } });
    } catch (error) {
      return await quotaRefused(ctx.state, sender, error);
    }
  },
});

function fileOf({ body, headers }: Request, upload: string): SubmissionRequest["file"] {
  if (upload !== "") return { upload };
  if (body === null) {
    throw new ValidationError("The request has no body", {
      expected: "the bytes of a .tinygpt file",
      got: "nothing",
      fix: "Send the file as the body of the request.",
    });
  }
  if (/^multipart\//i.test(headers.get("content-type") ?? "")) {
    throw new ValidationError("Expected the file alone as the body, got a form", {
      expected: "the bytes of a .tinygpt file",
      got: "a multipart form",
      fix: "Send the file itself (curl --data-binary @FILE), with name and author in the query.",
    });
  }
  return withPatience(body);
}
