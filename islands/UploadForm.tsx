import { useEffect, useRef, useState } from "preact/hooks";
import { DryScore, type OfferedBenchmark } from "../components/DryScore.tsx";
import { FileCheck } from "../components/FileCheck.tsx";
import { FileField } from "../components/FileField.tsx";
import type { NamedModel } from "../components/LineageFields.tsx";
import { ProblemNote } from "../components/Problem.tsx";
import { takeRun } from "../components/handed_over.ts";
import { SendingBar } from "../components/SendingBar.tsx";
import { type FormValues, SubmitFields } from "../components/SubmitFields.tsx";
import { interruptedUploads } from "../components/upload.ts";
import { useChosenFile } from "../components/use_chosen_file.ts";
import { useSending } from "../components/use_sending.ts";
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
  const { chosen, problem, setProblem, look } = useChosenFile(props);
  const { sending, send, pause, resume, cancel } = useSending(account === null);
  const [over, setOver] = useState(false);
  const [interrupted, setInterrupted] = useState<string[]>([]);
  useEffect(() => {
    interruptedUploads().then(setInterrupted).catch(() => {});
    // Some browsers keep the choice over a reload; the playground hands a run over by its address.
    const kept = fileInput(form.current!).files?.[0];
    if (kept) void look(kept);
    else takeRun(form.current!).then((file) => file && look(file)).catch(setProblem);
  }, []);

  async function submit(event: Event) {
    event.preventDefault();
    if (sending || !chosen) return;
    // A file that cannot be accepted stays here, and the note says why.
    if (!chosen.summary) return;
    const { known, sha256 } = chosen.summary;
    if (known) return location.assign(`/submissions/${known.id}`);
    setProblem(null);
    const outcome = await send(() => new FormData(form.current!), chosen.file, sha256);
    if ("location" in outcome) location.assign(outcome.location);
    else setProblem(outcome.problem);
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const files = event.dataTransfer?.files;
    if (!files?.length) return;
    fileInput(form.current!).files = files;
    void look(files[0]);
  }

  const ofFile = problem?.path === "file";
  return (
    <form
      ref={form}
      class="panel"
      method="post"
      action="/submit"
      encType="multipart/form-data"
      onSubmit={submit}
      onChange={(event) => {
        const input = event.target as HTMLInputElement;
        if (input.name === "file") void look(input.files?.[0]);
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {problem && !ofFile && <ProblemNote problem={problem} />}
      {interrupted.length > 0 && !chosen && (
        <p class="note" data-interrupted>
          <strong>{interrupted.join(", ")}</strong>{" "}
          was not sent to its end. Choose the file again, and it goes on where it stopped.
        </p>
      )}
      <SubmitFields {...{ values, problem, account, own }} />
      <FileField invalid={ofFile} {...{ maxUploadBytes, over }} />
      {problem && ofFile && <ProblemNote problem={problem} />}
      {chosen?.summary && <FileCheck summary={chosen.summary} />}
      {chosen?.summary && (
        <DryScore
          key={chosen.summary.sha256}
          file={chosen.file}
          summary={chosen.summary}
          benchmarks={benchmarks}
        />
      )}
      {sending
        ? (
          <SendingBar
            sending={sending}
            onPause={pause}
            onResume={resume}
            onCancel={() => void cancel()}
          />
        )
        : (
          <p class="actions">
            <button class="button" type="submit" disabled={chosen?.summary === null && !problem}>
              {chosen?.summary === null && !problem ? "Looking at the file" : "Submit"}
            </button>
          </p>
        )}
    </form>
  );
}

function fileInput(form: HTMLFormElement): HTMLInputElement {
  return form.elements.namedItem("file") as HTMLInputElement;
}
