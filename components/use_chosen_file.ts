// The file a form has chosen, and what the check in this tab found of it.

import { useRef, useState } from "preact/hooks";
import type { PublicProblem } from "../lib/errors.ts";
import type { CheckLimits } from "./file_check.ts";
import type { FileSummary } from "./FileCheck.tsx";

export interface ChosenFile {
  file: File;
  /** Null while it is looked at, and when it cannot be accepted. */
  summary: FileSummary | null;
}

export function useChosenFile(props: CheckLimits & { problem: PublicProblem | null }) {
  const [chosen, setChosen] = useState<ChosenFile | null>(null);
  const [problem, setProblem] = useState(props.problem);
  const latest = useRef<File | undefined>(undefined);

  async function look(file: File | undefined) {
    latest.current = file;
    setProblem(null);
    setChosen(file ? { file, summary: null } : null);
    if (!file) return;
    // Loaded when it is needed: the parsers of file and recipe outweigh the rest of the page.
    const { checkFile } = await import("./file_check.ts");
    const checked = await checkFile(file, props);
    // Another one may have been chosen meanwhile.
    if (latest.current !== file) return;
    if ("problem" in checked) setProblem(checked.problem);
    else setChosen({ file, summary: checked.summary });
  }

  return { chosen, problem, setProblem, look };
}
