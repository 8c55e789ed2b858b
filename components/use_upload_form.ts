// The submit form with scripts: a file that is chosen, dropped or handed over is looked at, and sent
// in parts. Knows the form's element, not its markup.

import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { PublicProblem } from "../lib/errors.ts";
import type { CheckLimits } from "./file_check.ts";
import { takeRun } from "./handed_over.ts";
import { interruptedUploads } from "./upload.ts";
import { useChosenFile } from "./use_chosen_file.ts";
import { useSending } from "./use_sending.ts";

interface Options extends CheckLimits {
  /** Of what was sent before. */
  problem: PublicProblem | null;
  /** Nobody is signed in. */
  guest: boolean;
}

export function useUploadForm(form: RefObject<HTMLFormElement>, options: Options) {
  const { chosen, problem, setProblem, look } = useChosenFile(options);
  const { sending, send, ...controls } = useSending(options.guest);
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

  function change({ target }: Event) {
    const input = target as HTMLInputElement;
    if (input.name === "file") void look(input.files?.[0]);
  }

  return {
    chosen,
    problem,
    sending,
    interrupted,
    submit,
    change,
    controls,
    ...useDrop(form, look),
  };
}

/** A file may be dropped anywhere on the form. */
function useDrop(form: RefObject<HTMLFormElement>, look: (file: File) => void) {
  const [over, setOver] = useState(false);
  const [isReady, setReady] = useState(false);
  useEffect(() => setReady(true), []);
  const dropping = {
    "data-takes-files": isReady,
    onDragOver(event: DragEvent) {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      const files = event.dataTransfer?.files;
      if (!files?.length) return;
      fileInput(form.current!).files = files;
      look(files[0]);
    },
  };
  return { over, dropping };
}

function fileInput(form: HTMLFormElement): HTMLInputElement {
  return form.elements.namedItem("file") as HTMLInputElement;
}
