// A judge that is asked from this tab: begun by a form, stopped, and how far it is.

import { type RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { TinyproofError } from "../lib/errors.ts";
import { judgeSet } from "../lib/lab/judge/session.ts";
import { boardOf, readChoice } from "./judge_form.ts";
import { browserKeep, storedKey, storedSettings, storeKey, storeSettings } from "./judge_keep.ts";
import type { JudgeStateProps } from "./JudgeState.tsx";
import { openLabDatabase } from "./lab_database.ts";

const TIMEOUT_MS = 120_000;
const RETRIES = 4;
const FIRST_WAIT_MS = 1_000;

const BEGINNING: JudgeStateProps = { state: "asking", progress: null, before: 0, problem: null };

/** @param form of `JudgeFields`, which is filled in as it was last used. */
export function useJudgeRun(setId: string, form: RefObject<HTMLFormElement>) {
  const stop = useRef<AbortController | null>(null);
  const [ready, setReady] = useState(false);
  const [shown, setShown] = useState<JudgeStateProps | null>(null);
  useEffect(() => {
    fillIn(form.current!);
    setReady(true);
    return () => stop.current?.abort();
  }, []);

  async function run(): Promise<void> {
    const fields = readFields(form.current!);
    stop.current = new AbortController();
    setShown(BEGINNING);
    const update = (part: Partial<JudgeStateProps>) =>
      setShown((old) => ({ ...BEGINNING, ...old, ...part }));
    try {
      const { end, progress } = await ask(setId, fields, stop.current.signal, update);
      update({ state: end, progress });
    } catch (error) {
      const { message, problem = {} } = error as TinyproofError;
      const words = [message, problem.got, problem.fix].filter(Boolean).join(". ");
      update({ state: "problem", problem: words });
    }
  }

  return { ready, shown, run, stop: () => stop.current?.abort() };
}

async function ask(
  setId: string,
  fields: Record<string, string>,
  signal: AbortSignal,
  onChange: (part: Partial<JudgeStateProps>) => void,
) {
  const choice = readChoice(fields);
  return await judgeSet({
    ...choice,
    fetch: (...words: Parameters<typeof fetch>) => fetch(...words),
    timeoutMs: TIMEOUT_MS,
    retries: RETRIES,
    firstWaitMs: FIRST_WAIT_MS,
    wait: waitFor,
    signal,
    newKey: () => crypto.randomUUID(),
    board: boardOf(setId, choice),
    keep: browserKeep(await openLabDatabase()),
    onBegun: ({ done }) => onChange({ before: done }),
    onProgress: (progress) => onChange({ progress }),
  });
}

function fillIn(form: HTMLFormElement): void {
  const { key, stays } = storedKey();
  for (const [name, value] of Object.entries({ ...storedSettings(), key })) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
      if (value !== "") field.value = value;
    }
  }
  (form.elements.namedItem("stays") as HTMLInputElement).checked = stays;
}

/** What the form says, kept for the next time. The key has no name by which it could be sent. */
function readFields(form: HTMLFormElement): Record<string, string> {
  const fields = Object.fromEntries(new FormData(form)) as Record<string, string>;
  const { stays, ...settings } = fields;
  const { value: key } = form.elements.namedItem("key") as HTMLInputElement;
  storeSettings(settings);
  storeKey(key, stays === "1");
  return { ...fields, key };
}

function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
