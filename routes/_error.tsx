import { type Context, HttpError } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../app_state.ts";
import { ErrorView } from "../components/ErrorView.tsx";
import { publicProblem } from "../lib/errors.ts";
import { jsonError, retryAfter } from "../lib/http/json.ts";
import { statusOf } from "../lib/http/status.ts";

/** The answer to what was thrown: a page, or JSON below /api. */
export function errorResponse(
  ctx: Context<State>,
  error: unknown,
): Response | Promise<Response> {
  const cause = error instanceof HttpError && error.cause ? error.cause : error;
  // Refusals by the router itself, such as 405, do not pass the middleware of the API.
  if (ctx.url.pathname.startsWith("/api/")) return jsonError(cause, ctx.state.requestId);
  const status = statusOf(error);
  const headers = retryAfter(cause);
  return ctx.render(
    <>
      <Head>
        <title>Error {status} · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <ErrorView
        status={status}
        problem={publicProblem(cause)}
        requestId={ctx.state.requestId}
      />
    </>,
    { status, headers },
  );
}

/** For what is thrown outside of the routes; the middleware here answers the rest. */
export const handler = define.handlers((ctx) => errorResponse(ctx, ctx.error));
