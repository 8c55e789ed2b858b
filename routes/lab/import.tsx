import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define } from "../../app_state.ts";
import { FormLine } from "../../components/FormLine.tsx";
import { ImportReportView } from "../../components/ImportReportView.tsx";
import { ProblemNote } from "../../components/Problem.tsx";
import { type PublicProblem, publicProblem } from "../../lib/errors.ts";
import { type ReceivedStudy, receiveStudy } from "../../lib/http/lab_import.ts";
import { statusOf } from "../../lib/http/status.ts";

interface ImportData {
  problem: PublicProblem | null;
  received: ReceivedStudy | null;
}

export const handler = define.handlers({
  GET: () => page<ImportData>({ problem: null, received: null }),

  /** The report comes on the same page; so does a refusal. */
  async POST(ctx) {
    try {
      return page<ImportData>({ problem: null, received: await receiveStudy(ctx) });
    } catch (error) {
      const problem = publicProblem(error);
      if (problem === null) throw error;
      return page<ImportData>({ problem, received: null }, { status: statusOf(error) });
    }
  },
});

export default define.page<typeof handler>(function ImportPage({ data: { problem, received } }) {
  return (
    <>
      <Head>
        <title>Import a study · Tinyproof</title>
      </Head>
      <p class="crumbs">
        <a href="/lab">Lab</a>
      </p>
      <h1>{received ? "Imported" : "Import a study"}</h1>
      {received ? <Received received={received} /> : <ImportForm problem={problem} />}
    </>
  );
});

function Received({ received: { set, isNew, report } }: { received: ReceivedStudy }) {
  return (
    <>
      <p class="note good">
        {isNew ? "Here it is: " : "The same study was here already: "}
        <a href={`/lab/sets/${set.id}`}>{set.name}</a>.
      </p>
      <ImportReportView report={report} />
    </>
  );
}

function ImportForm({ problem }: { problem: PublicProblem | null }) {
  return (
    <>
      <p class="lead">
        Completions with or without scores, in the columns of TinyScaleLab's files. They become
        public at once. Files are told apart by their columns; their names do not matter.
      </p>
      <div class="split submit">
        <form class="panel" method="post" action="/lab/import" encType="multipart/form-data">
          {problem && <ProblemNote problem={problem} />}
          <FormLine
            id="name"
            label="Name of the set (optional)"
            hint="What it is, in a few words."
            maxLength={80}
          />
          <FormLine
            id="rater"
            label="Rater (optional)"
            hint="Who gave the scores in the files."
            maxLength={80}
          />
          <FilesField invalid={problem?.path === "files"} />
          <p class="actions">
            <button class="button" type="submit">Import</button>
          </p>
        </form>
        <Layouts />
      </div>
    </>
  );
}

function FilesField({ invalid }: { invalid: boolean }) {
  return (
    <div class="field">
      <label for="files">Files</label>
      <input
        id="files"
        name="files"
        type="file"
        accept=".csv,.md,.txt,.json"
        multiple
        required
        aria-describedby="files-hint"
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id="files-hint">UTF-8 text, up to 24 MiB together.</p>
    </div>
  );
}

function Layouts() {
  return (
    <aside class="prose">
      <h2>What is read</h2>
      <p>
        <strong>Completions</strong>: <code>ID, category, prompt, completion, model_name</code>.
      </p>
      <p>
        <strong>Scores</strong>: the same with a column for each criterion, such as{" "}
        <code>Plot_A_score</code>; these columns are the rubric.
      </p>
      <p>
        <strong>Criteria</strong>: <code>category, label, text</code>.
      </p>
      <p>
        <strong>A judge's scores</strong>:{" "}
        <code>res_category, res_prompt, res_completion, subcriterion, score</code>, and what else
        there is: <code>explanation, text, agree, comments</code>.
      </p>
      <h2>From a terminal</h2>
      <pre tabIndex={0}>{`deno task cli lab import my-study/`}</pre>
    </aside>
  );
}
