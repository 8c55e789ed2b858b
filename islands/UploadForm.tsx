import { useRef } from "preact/hooks";
import type { OfferedBenchmark } from "../components/BenchmarkChoices.tsx";
import { DryScore } from "../components/DryScore.tsx";
import { FileCheck } from "../components/FileCheck.tsx";
import { FileField } from "../components/FileField.tsx";
import type { NamedModel } from "../components/LineageFields.tsx";
import { ProblemNote } from "../components/Problem.tsx";
import { SendingBar } from "../components/SendingBar.tsx";
import { type FormValues, SubmitFields } from "../components/SubmitFields.tsx";
import type { ChosenFile } from "../components/use_chosen_file.ts";
import { useUploadForm } from "../components/use_upload_form.ts";
import type { Account } from "../lib/accounts/caller.ts";
import type { PublicProblem } from "../lib/errors.ts";
import type { QuotaView } from "../lib/submissions/quota.ts";

interface Props {
  values: FormValues;
  problem: PublicProblem | null;
  maxUploadBytes: number;
  quota: QuotaView;
  /** Who is signed in. */
  account: Account | null;
  /** Models of the account that may get a new version. */
  own: NamedModel[];
  benchmarks: OfferedBenchmark[];
}

/** The submit form. It works as plain HTML; here it checks, scores and resumes. */
export default function UploadForm(props: Props) {
  const { values, account, own, benchmarks, maxUploadBytes } = props;
  const form = useRef<HTMLFormElement>(null);
  const upload = useUploadForm(form, { ...props, guest: account === null });
  const { chosen, problem, interrupted, over } = upload;
  const ofFile = problem?.path === "file";
  return (
    <form
      ref={form}
      class="panel"
      method="post"
      action="/submit"
      encType="multipart/form-data"
      onSubmit={upload.submit}
      onChange={upload.change}
      {...upload.dropping}
    >
      {problem && !ofFile && <ProblemNote problem={problem} />}
      {interrupted.length > 0 && !chosen && <Interrupted names={interrupted} />}
      <SubmitFields {...{ values, problem, account, own }} />
      <FileField invalid={ofFile} {...{ maxUploadBytes, over }} />
      {problem && ofFile && <ProblemNote problem={problem} />}
      {chosen && <Looked chosen={chosen} benchmarks={benchmarks} />}
      <Send {...upload} />
    </form>
  );
}

function Interrupted({ names }: { names: readonly string[] }) {
  return (
    <p class="note" data-interrupted>
      <strong>{names.join(", ")}</strong>{" "}
      was not sent to its end. Choose the file again, and it goes on where it stopped.
    </p>
  );
}

/** What was found of the file, which can be scored before it is sent. */
function Looked({ chosen: { file, summary }, benchmarks }: {
  chosen: ChosenFile;
  benchmarks: OfferedBenchmark[];
}) {
  if (summary === null) return null;
  return (
    <>
      <FileCheck summary={summary} />
      <DryScore key={summary.sha256} file={file} summary={summary} benchmarks={benchmarks} />
    </>
  );
}

function Send(
  { chosen, problem, sending, controls: { pause, resume, cancel } }: ReturnType<
    typeof useUploadForm
  >,
) {
  if (sending) {
    return (
      <SendingBar
        sending={sending}
        onPause={pause}
        onResume={resume}
        onCancel={() => void cancel()}
      />
    );
  }
  const isLooking = chosen?.summary === null && !problem;
  return (
    <p class="actions">
      <button class="button" type="submit" disabled={isLooking}>
        {isLooking ? "Looking at the file" : "Submit"}
      </button>
    </p>
  );
}
