import { HttpError } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { ErrorView } from "../components/ErrorView.tsx";
import { publicProblem } from "../lib/errors.ts";
import { statusOf } from "../lib/http/status.ts";

export default define.page(function ErrorPage({ error }) {
  const cause = error instanceof HttpError && error.cause ? error.cause : error;
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
