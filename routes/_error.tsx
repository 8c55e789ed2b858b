import { HttpError } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { ErrorView } from "../components/ErrorView.tsx";
import { publicProblem } from "../lib/errors.ts";
import { jsonError } from "../lib/http/json.ts";
import { statusOf } from "../lib/http/status.ts";

// deno-lint-ignore require-await -- only an async page may answer with a Response
export default define.page(async function ErrorPage({ error, url }) {
  const cause = error instanceof HttpError && error.cause ? error.cause : error;
  // Refusals by the router itself, such as 405, do not pass the middleware of the API.
  if (url.pathname.startsWith("/api/")) return jsonError(cause);
  const status = statusOf(error);
  return (
    <>
      <Head>
        <title>Error {status} · Tinyproof</title>
        <meta name="robots" content="noindex" />
      </Head>
      <ErrorView status={status} problem={publicProblem(cause)} />
    </>
  );
});
