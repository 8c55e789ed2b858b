import { type Context, HttpError } from "fresh";
import { define, type State } from "../../../app_state.ts";
import { NotFoundError, publicProblem } from "../../../lib/errors.ts";
import { shortBody } from "../../../lib/http/form.ts";
import { jsonError } from "../../../lib/http/json.ts";
import { remoteAddress, signInLimiter, signUpLimiter } from "../../../lib/http/rate_limit.ts";

/** What of better-auth browsers may call; all else is done by the forms of the account page. */
const OPEN: Record<string, "GET" | "POST"> = {
  "passkey/generate-register-options": "GET",
  "passkey/verify-registration": "POST",
  "passkey/generate-authenticate-options": "GET",
  "passkey/verify-authentication": "POST",
  "callback/github": "GET",
};

/** A passkey's answer with an attestation. */
const MOST_BYTES = 64 * 1024;

export const handler = define.handlers(async (ctx) => {
  try {
    return await answer(ctx);
  } catch (error) {
    // Scripts call these: they read JSON.
    if (publicProblem(error) === null && !(error instanceof HttpError)) throw error;
    return jsonError(error);
  }
});

async function answer({ req, info, params, state }: Context<State>): Promise<Response> {
  const method = Object.hasOwn(OPEN, params.path) ? OPEN[params.path] : null;
  if (method === null) throw new NotFoundError("There is nothing at this address");
  if (req.method !== method) throw new HttpError(405);
  const address = remoteAddress(info, req.headers);
  await signInLimiter.take(address);
  if (params.path === "passkey/verify-registration" && state.caller === null) {
    await signUpLimiter.take(address);
  }
  const body = method === "POST" ? await shortBody(req, MOST_BYTES) : undefined;
  const request = new Request(req.url, { method, headers: req.headers, body });
  const response = await state.services.auth.handler(request);
  response.headers.set("cache-control", "no-store");
  return response;
}
