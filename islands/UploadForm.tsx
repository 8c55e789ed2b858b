import { useState } from "preact/hooks";
import { FileCheck, type FileSummary } from "../components/FileCheck.tsx";
import { formatFraction } from "../components/format.ts";
import { ProblemNote } from "../components/Problem.tsx";
import { type FormValues, SubmitFields } from "../components/SubmitFields.tsx";
import { upload } from "../components/upload.ts";
import type { Account } from "../lib/accounts/caller.ts";
import type { PublicProblem } from "../lib/errors.ts";

interface Props {
  values: FormValues;
  problem: PublicProblem | null;
  maxUploadBytes: number;
  /** Who is signed in. */
  account: Account | null;
}

/** The submit form. It works as plain HTML; here it checks the file first and shows progress. */
export default function UploadForm(props: Props) {
  const [problem, setProblem] = useState(props.problem);
  const [summary, setSummary] = useState<FileSummary | null>(null);
  const [fraction, setFraction] = useState<number | null>(null);

  async function look(event: Event) {
    const file = (event.target as HTMLInputElement).files?.[0];
    if ((event.target as HTMLInputElement).name !== "file") return;
    setSummary(null);
    setProblem(null);
    if (!file) return;
    // Loaded when it is needed: the parsers of file and recipe outweigh the rest of the page.
    const { checkFile } = await import("../components/file_check.ts");
    const checked = await checkFile(file, props.maxUploadBytes);
    if ("problem" in checked) setProblem(checked.problem);
    else setSummary(checked.summary);
  }

  async function send(event: Event) {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setProblem(null);
    setFraction(0);
    const outcome = await upload(new FormData(form), setFraction);
    if ("location" in outcome) {
      location.assign(outcome.location);
      return;
    }
    setFraction(null);
    setProblem(outcome.problem);
  }

  const busy = fraction !== null;
  return (
    <form
      class="panel"
      method="post"
      action="/submit"
      encType="multipart/form-data"
      onSubmit={send}
      onChange={look}
    >
      {problem && <ProblemNote problem={problem} />}
      <SubmitFields
        values={props.values}
        problem={problem}
        maxUploadBytes={props.maxUploadBytes}
        account={props.account}
      />
      {summary && <FileCheck summary={summary} />}
      <p class="actions">
        <button class="button" type="submit" disabled={busy}>
          {busy ? `Sending, ${formatFraction(fraction)}` : "Submit"}
        </button>
      </p>
      {busy && <progress max={1} value={fraction} aria-label="Upload" />}
    </form>
  );
}
