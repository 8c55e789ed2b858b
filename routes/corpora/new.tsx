import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { type CorpusFormValues, CorpusUploadForm } from "../../components/CorpusUploadForm.tsx";
import { corpusSenderOf } from "../../lib/accounts/sender.ts";
import { checkSender } from "../../lib/moderation/bans.ts";
import { guestPolicy } from "../../lib/config.ts";
import { receiveCorpus } from "../../lib/corpora/intake.ts";
import { type PublicProblem, publicProblem, ValidationError } from "../../lib/errors.ts";
import { readMultipart } from "../../lib/http/multipart.ts";
import { remoteAddress, submissionLimiter } from "../../lib/http/rate_limit.ts";
import { statusOf } from "../../lib/http/status.ts";

interface NewCorpusData {
  values: CorpusFormValues;
  problem: PublicProblem | null;
}

const EMPTY: CorpusFormValues = { name: "", author: "", source: "", licence: "", licenceNote: "" };

export const handler = define.handlers({
  GET: () => page<NewCorpusData>({ values: EMPTY, problem: null }),

  /** A refusal comes back on the same page, fields kept. */
  async POST(ctx) {
    let values = EMPTY;
    try {
      const { services, caller } = ctx.state;
      const account = corpusSenderOf(caller, guestPolicy(services.config));
      await submissionLimiter.take(remoteAddress(ctx.info, ctx.req.headers));
      const { fields, file } = await readMultipart(ctx.req);
      const field = (name: string) => fields[name] ?? "";
      values = {
        name: field("name"),
        author: account?.name ?? field("author"),
        source: field("source"),
        licence: field("licence"),
        licenceNote: field("licenceNote"),
      };
      if (file === null) throw noFile();
      await checkSender(services.db, { account, author: values.author });
      const { sha256 } = await receiveCorpus(services, file, {
        ...values,
        declaration: field("declaration"),
      });
      return ctx.redirect(`/corpora/${sha256}`, 303);
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page<NewCorpusData>({ values, problem }, { status: statusOf(error) });
    }
  },
});

function noFile(): ValidationError {
  return new ValidationError("No file was chosen", {
    path: "file",
    expected: "a text file",
    got: "nothing",
    fix: "Choose the text recipes are to train on.",
  });
}

export default define.page<typeof handler>(function NewCorpusPage({ data, state }) {
  return (
    <>
      <Head>
        <title>Upload a corpus · Tinyproof</title>
      </Head>
      <h1>Upload a corpus</h1>
      <p class="lead">
        A text that recipes may train on. It becomes public at once, with what you write here.
      </p>
      <div class="split submit">
        <CorpusUploadForm
          values={data.values}
          problem={data.problem}
          maxBytes={state.services.config.maxCorpusBytes}
          account={state.caller?.account ?? null}
        />
        <aside class="prose">
          <h2>What happens next</h2>
          <p>
            The text is searched for the texts of every benchmark. A model made with a corpus that
            holds some of them has no rank on that benchmark; everywhere else it ranks.
          </p>
          <p>The same text sent twice leads to the same page.</p>
          <h2>From a terminal</h2>
          <pre tabIndex={0}>{`deno task cli corpus add \\
  my-text.txt --name Mine \\
  --author Me --source Me \\
  --licence CC0-1.0 --declare`}</pre>
        </aside>
      </div>
    </>
  );
});
