import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define, type State } from "../app_state.ts";
import { GuestNote } from "../components/GuestNote.tsx";
import type { NamedModel } from "../components/LineageFields.tsx";
import { QuotaNote } from "../components/QuotaNote.tsx";
import type { FormValues } from "../components/SubmitFields.tsx";
import UploadForm from "../islands/UploadForm.tsx";
import type { Account } from "../lib/accounts/caller.ts";
import { OFFERED_BENCHMARKS } from "../lib/benchmarks/registry.ts";
import { guestPolicy } from "../lib/config.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../lib/errors.ts";
import { readMultipart } from "../lib/http/multipart.ts";
import { remoteAddress, submissionLimiter } from "../lib/http/rate_limit.ts";
import { countedOf, submitterOf } from "../lib/http/sender.ts";
import { statusOf } from "../lib/http/status.ts";
import { quotaFor, submitFor, withdrawalCookie } from "../lib/http/submitting.ts";
import { findReferenced, revisable } from "../lib/submissions/lineage_store.ts";
import type { QuotaView } from "../lib/submissions/quota.ts";
import type { Counted } from "../lib/submissions/senders.ts";

interface SubmitData {
  values: FormValues;
  problem: PublicProblem | null;
  quota: QuotaView;
  account: Account | null;
  own: NamedModel[];
}

const EMPTY: FormValues = {
  name: "",
  author: "",
  blurb: "",
  forkOf: "",
  revisionOf: "",
  revisionKey: "",
};

async function pageData(
  state: State,
  sender: Counted,
  values: FormValues,
  problem: PublicProblem | null,
): Promise<SubmitData> {
  const { db } = state.services;
  const [quota, own, named] = await Promise.all([
    quotaFor(state, sender),
    sender.account === null ? [] : revisable(db, sender.account.id),
    values.revisionOf === "" ? null : findReferenced(db, values.revisionOf),
  ]);
  const listed = named === null || own.some(({ id }) => id === named.id)
    ? own
    : [{ id: named.id, name: named.name }, ...own];
  return { values, problem, quota, account: state.caller?.account ?? null, own: listed };
}

export const handler = define.handlers({
  /** `forkOf`, `revisionOf` and a guest's `key` may stand in the address. */
  async GET(ctx) {
    const given = (name: string) => (ctx.url.searchParams.get(name) ?? "").slice(0, 300);
    const values = {
      ...EMPTY,
      forkOf: given("forkOf"),
      revisionOf: given("revisionOf"),
      revisionKey: given("key"),
    };
    return page<SubmitData>(await pageData(ctx.state, await countedOf(ctx), values, null));
  },

  /** The form without JavaScript. A refusal comes back on the same page, fields kept. */
  async POST(ctx) {
    let values = EMPTY;
    try {
      const submitter = await submitterOf(ctx);
      await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
      const { fields, file, fileName } = await readMultipart(ctx.req);
      values = Object.fromEntries(
        Object.keys(EMPTY).map((name) => [name, fields[name] ?? ""]),
      ) as unknown as FormValues;
      if (file === null) throw noFile();
      const { revisionKey, ...texts } = values;
      const { entryId, key } = await submitFor(ctx.state, {
        ...{ ...submitter, file, revisionKey, withdrawal: "" },
        fields: { ...texts, fileName },
      });
      const response = ctx.redirect(`/submissions/${entryId}`, 303);
      if (key === null) return response;
      const headers = new Headers(response.headers);
      headers.append("set-cookie", withdrawalCookie(entryId, key, ctx.url));
      return new Response(null, { status: 303, headers });
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      const data = await pageData(ctx.state, await countedOf(ctx), values, problem);
      return page<SubmitData>(data, { status: statusOf(error) });
    }
  },
});

function noFile(): ValidationError {
  return new ValidationError("No file was chosen", {
    path: "file",
    expected: "a .tinygpt file",
    got: "nothing",
    fix: "Choose the file your training wrote.",
  });
}

export default define.page<typeof handler>(function SubmitPage({ data, state }) {
  const { values, problem, quota, account, own } = data;
  return (
    <>
      <Head>
        <title>Submit a model · Tinyproof</title>
      </Head>
      <h1>Submit a model</h1>
      <p class="lead">
        A <code>.tinygpt</code> file, from <a href="/playground">the playground</a>{" "}
        or from the command line. It is scored on every benchmark; if it carries a recipe, it can be
        proven.
      </p>
      {account === null && <GuestNote guests={guestPolicy(state.services.config)} />}
      <div class="split submit">
        <UploadForm
          {...{ values, problem, quota, account, own }}
          maxUploadBytes={state.services.config.maxUploadBytes}
          benchmarks={OFFERED_BENCHMARKS}
        />
        <WhatHappens quota={quota} />
      </div>
    </>
  );
});

function WhatHappens({ quota }: { quota: QuotaView }) {
  return (
    <aside class="prose">
      <h2>What happens next</h2>
      <p>
        The file is read and checked, then scored by a process of its own. You get a page that shows
        each stage, and a reason in words if something is wrong.
      </p>
      <p>
        Name, author, description and file become public at once. The same file sent twice leads to
        the same page. You can withdraw it at any time.
      </p>
      <p>
        Not trained yet? <a href="/recipe">Check a recipe</a>, and have its seed drawn by{" "}
        <a href="/tickets">a ticket</a>: then nobody can say it was picked.
      </p>
      <h2>What you have used</h2>
      <QuotaNote {...quota} />
      <h2>From a terminal</h2>
      <pre tabIndex={0}>{`deno task cli submit FILE \\
  --server $SERVER \\
  --name Mine --wait`}</pre>
      <pre tabIndex={0}>{`curl --data-binary @my.tinygpt \\
  "$SERVER/api/v1/submissions?\\
name=Mine&author=Me"`}</pre>
    </aside>
  );
}
