import { define } from "../../../../app_state.ts";
import { senderOf } from "../../../../lib/accounts/sender.ts";
import { guestPolicy } from "../../../../lib/config.ts";
import { ValidationError } from "../../../../lib/errors.ts";
import { json } from "../../../../lib/http/json.ts";
import { withPatience } from "../../../../lib/http/patience.ts";
import { remoteAddress, submissionLimiter } from "../../../../lib/http/rate_limit.ts";
import { receiveSubmission } from "../../../../lib/submissions/intake.ts";

export const handler = define.handlers({
  /**
   * The body is the file itself; what the form asks for stands in the query. Of an account the
   * author is its name.
   */
  async POST(ctx) {
    const { services, caller } = ctx.state;
    const sender = senderOf(caller, guestPolicy(services.config));
    await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    if (ctx.req.body === null) {
      throw new ValidationError("The request has no body", {
        expected: "the bytes of a .tinygpt file",
        got: "nothing",
        fix: "Send the file as the body of the request.",
      });
    }
    if (/^multipart\//i.test(ctx.req.headers.get("content-type") ?? "")) {
      throw new ValidationError("Expected the file alone as the body, got a form", {
        expected: "the bytes of a .tinygpt file",
        got: "a multipart form",
        fix: "Send the file itself (curl --data-binary @FILE), with name and author in the query.",
      });
    }
    const field = (name: string) => ctx.url.searchParams.get(name) ?? "";
    const { entryId } = await receiveSubmission(services, withPatience(ctx.req.body), {
      name: field("name"),
      author: field("author"),
      blurb: field("blurb"),
      fileName: field("fileName"),
    }, sender);
    const status = `/submissions/${entryId}`;
    return json({ id: entryId, status, model: `/models/${entryId}` }, {
      status: 201,
      headers: { location: status },
    });
  },
});
