import { log } from "../../../../lib/operating/log.ts";
import { define } from "../../../../app_state.ts";
import { jsonError } from "../../../../lib/http/json.ts";
import { remoteAddress, uploadLimiter } from "../../../../lib/http/rate_limit.ts";
import { statusOf } from "../../../../lib/http/status.ts";
import { mustSpeakTus, TUS_VERSION } from "../../../../lib/http/tus.ts";

/** Every answer names the version of the protocol, errors too, so they are answered here. */
export default define.middleware(async (ctx) => {
  const { method } = ctx.req;
  if (method === "GET" || method === "OPTIONS") return ctx.next();
  let response: Response;
  try {
    mustSpeakTus(ctx.req);
    if (method !== "HEAD") await uploadLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
    response = await ctx.next();
  } catch (error) {
    if (statusOf(error) >= 500) log.error("An upload failed", { error });
    await ctx.req.body?.cancel().catch(() => {});
    response = jsonError(error);
    if (response.status === 412) response.headers.set("tus-version", TUS_VERSION);
  }
  response.headers.set("tus-resumable", TUS_VERSION);
  return response;
});
