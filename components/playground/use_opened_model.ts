// Which model a page of the playground has open: one of the board, a run kept in this browser, or a
// file of the visitor's.

import { useEffect, useState } from "preact/hooks";
import type { StoredRun } from "../../lib/playground/runs.ts";
import type { PlayModel, Preset } from "../../lib/submissions/shelf_store.ts";
import type { ModelSource } from "../../workers/score_protocol.ts";

export interface OpenedModel {
  name: string;
  /** Of the board's entry; null for a run or a file. */
  id: string | null;
  source: ModelSource;
  presets: Preset[];
}

/** Prompts for a model of which nothing is known. */
const ANY_PRESETS: Preset[] = ["Once upon a time", "ROMEO:\n"].map((prompt) => ({
  label: prompt.trim(),
  prompt,
  answer: "",
  bytes: 300,
  greedy: false,
}));

export function useOpenedModel(model: PlayModel | null) {
  const [opened, setOpened] = useState<OpenedModel | null>(
    model && { name: model.name, id: model.id, source: model.file, presets: model.presets },
  );
  const [runs, setRuns] = useState<StoredRun[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  function openFile(file: File | undefined, name = file?.name) {
    if (!file || name === undefined) return;
    setProblem(null);
    setOpened({ name, id: null, source: file, presets: ANY_PRESETS });
  }

  async function openRun(id: string) {
    try {
      const { readRun, runFile } = await import("../../lib/playground/runs.ts");
      openFile(await runFile(id), (await readRun(id))?.name);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }

  useEffect(() => {
    // Browsers that keep no files for pages have no runs either.
    import("../../lib/playground/runs.ts").then(({ listRuns }) => listRuns())
      .then((all) => setRuns(all.filter(({ progress }) => progress !== null)))
      .catch(() => {});
    const run = new URL(location.href).searchParams.get("run");
    if (run !== null) void openRun(run);
  }, []);
  return { opened, runs, problem, openFile, openRun };
}
