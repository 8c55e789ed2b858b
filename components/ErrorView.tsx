import type { PublicProblem } from "../lib/errors.ts";
import { ProblemNote } from "./Problem.tsx";

const TITLES: Record<number, string> = {
  400: "That request cannot be read",
  401: "That needs an account",
  403: "That is not allowed",
  404: "There is nothing at this address",
  405: "This address does not do that",
  408: "That took too long",
  410: "That was taken away",
  413: "That is too large",
  415: "That cannot be read in this form",
  422: "That cannot be accepted as it is",
  429: "Too many requests at once",
  503: "There is no room for that now",
};

/** Any page that ends in an error: what happened and where to go from here. */
export function ErrorView({ status, problem, requestId }: {
  status: number;
  problem: PublicProblem | null;
  /** What the log knows the request by. */
  requestId: string;
}) {
  return (
    <div class="prose">
      <p class="crumbs">Error {status}</p>
      <h1>{TITLES[status] ?? "Something broke on our side"}</h1>
      {problem
        ? <ProblemNote problem={problem} found={status === 410 ? "Why" : undefined} />
        : status === 404
        ? <p class="lead">The link may be old, or a character of it got lost on the way.</p>
        : <p class="lead">{generic(status)}</p>}
      <p class="actions">
        <a class="button" href="/">To the overview</a>
        <a class="button quiet" href="/audit">To the audit</a>
      </p>
      <p class="muted small">
        If you report this, name the request: <code>{requestId}</code>
      </p>
    </div>
  );
}

function generic(status: number): string {
  if (status === 403) return "It came from a page of another site. Do it again from the page here.";
  return status < 500
    ? "The request is one this address does not take. The pages below work."
    : "The fault has been logged. Loading the page again may be enough.";
}
