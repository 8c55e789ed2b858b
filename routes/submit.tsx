import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../app_state.ts";
import { GuestNote } from "../components/GuestNote.tsx";
import UploadForm from "../islands/UploadForm.tsx";
import type { FormValues } from "../components/SubmitFields.tsx";
import { senderOf } from "../lib/accounts/sender.ts";
import { guestPolicy } from "../lib/config.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../lib/errors.ts";
import { readMultipart } from "../lib/http/multipart.ts";
import { remoteAddress, submissionLimiter } from "../lib/http/rate_limit.ts";
import { statusOf } from "../lib/http/status.ts";
import { receiveSubmission } from "../lib/submissions/intake.ts";

interface SubmitData {
  values: FormValues;
  problem: PublicProblem | null;
}

const EMPTY: FormValues = { name: "", author: "", blurb: "" };

export const handler = define.handlers({
  GET: () => page<SubmitData>({ values: EMPTY, problem: null }),

  /** The form without JavaScript. A refusal comes back on the same page, fields kept. */
  async POST(ctx) {
    let values = EMPTY;
    try {
      const { services, caller } = ctx.state;
      const sender = senderOf(caller, guestPolicy(services.config));
      await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
      const upload = await readMultipart(ctx.req);
      const { name = "", author = "", blurb = "" } = upload.fields;
      values = { name, author, blurb };
      if (upload.file === null) throw noFile();
      const { entryId } = await receiveSubmission(services, upload.file, {
        ...values,
        fileName: upload.fileName,
      }, sender);
      return ctx.redirect(`/submissions/${entryId}`, 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page<SubmitData>({ values, problem }, { status: statusOf(error) });
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
  const { caller, services: { config } } = state;
  return (
    <>
      <Head>
        <title>Submit a model · Tinyproof</title>
      </Head>
      <h1>Submit a model</h1>
      <p class="lead">
        A <code>.tinygpt</code>{" "}
        file from the command line or from an older playground. It is scored on every benchmark; if
        it carries a recipe, it can be proven.
      </p>
      {caller === null && <GuestNote guests={guestPolicy(config)} />}
      <div class="split submit">
        <UploadForm
          values={data.values}
          problem={data.problem}
          maxUploadBytes={config.maxUploadBytes}
          account={caller?.account ?? null}
        />
        <aside class="prose">
          <h2>What happens next</h2>
          <p>
            The file is read and checked, then scored by a process of its own. You get a page that
            shows each stage, and a reason in words if something is wrong.
          </p>
          <p>
            Name, author, description and file become public at once. The same file sent twice leads
            to the same page.
          </p>
          <h2>From a terminal</h2>
          <pre tabIndex={0}>{`curl --data-binary @my.tinygpt \\
  "$SERVER/api/v1/submissions?\\
name=Mine&author=Me"`}</pre>
        </aside>
      </div>
    </>
  );
});
