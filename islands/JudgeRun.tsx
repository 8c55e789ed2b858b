import { useEffect, useRef, useState } from "preact/hooks";
import { boardOf, readChoice } from "../components/judge_form.ts";
import {
  browserKeep,
  storedKey,
  storedSettings,
  storeKey,
  storeSettings,
} from "../components/judge_keep.ts";
import { JudgeFields, type TemplateChoice } from "../components/JudgeFields.tsx";
import { JudgeState, type JudgeStateProps } from "../components/JudgeState.tsx";
import { openLabDatabase } from "../components/lab_database.ts";
import { TinyproofError } from "../lib/errors.ts";
import { judgeSet } from "../lib/lab/judge/session.ts";

const TIMEOUT_MS = 120_000;
const RETRIES = 4;
const FIRST_WAIT_MS = 1_000;

/** Asks a judge from this tab: the key goes from here to the judge's address and nowhere else. */
export default function JudgeRun({ setId, templates }: {
  setId: string;
  templates: TemplateChoice[];
}) {
  const form = useRef<HTMLFormElement>(null);
  const stop = useRef<AbortController | null>(null);
  const [ready, setReady] = useState(false);
  const [shown, setShown] = useState<JudgeStateProps | null>(null);
  const update = (part: Partial<JudgeStateProps>) =>
    setShown((old) => ({
      state: "asking",
      progress: null,
      before: 0,
      problem: null,
      ...old,
      ...part,
    }));

  useEffect(() => {
    const { key, stays } = storedKey();
    for (const [name, value] of Object.entries({ ...storedSettings(), key })) {
      const field = form.current?.elements.namedItem(name);
      if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) {
        if (value !== "") field.value = value;
      }
    }
    (form.current!.elements.namedItem("stays") as HTMLInputElement).checked = stays;
    setReady(true);
    return () => stop.current?.abort();
  }, []);

  const keyField = () => form.current!.elements.namedItem("key") as HTMLInputElement;

  async function run(event: Event) {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(form.current!)) as Record<string, string>;
    const { stays, ...settings } = fields;
    const key = keyField().value;
    storeSettings(settings);
    storeKey(key, stays === "1");
    stop.current = new AbortController();
    setShown({ state: "asking", progress: null, before: 0, problem: null });
    try {
      const choice = readChoice({ ...fields, key });
      const { end, progress } = await judgeSet({
        ...choice,
        fetch: (...words: Parameters<typeof fetch>) => fetch(...words),
        timeoutMs: TIMEOUT_MS,
        retries: RETRIES,
        firstWaitMs: FIRST_WAIT_MS,
        wait: (ms, signal) => waitFor(ms, signal),
        signal: stop.current.signal,
        newKey: () => crypto.randomUUID(),
        board: boardOf(setId, choice),
        keep: browserKeep(await openLabDatabase()),
        onBegun: ({ done }) => update({ before: done }),
        onProgress: (progress) => update({ progress }),
      });
      update({ state: end, progress });
    } catch (error) {
      const { message, problem = {} } = error as TinyproofError;
      const words = [message, problem.got, problem.fix].filter(Boolean).join(". ");
      update({ state: "problem", problem: words });
    }
  }

  const asking = shown?.state === "asking";
  return (
    <form ref={form} class="panel" onSubmit={run} data-judge-run={shown?.state ?? "idle"}>
      <JudgeFields templates={templates} />
      <p class="actions">
        <button class="button" type="submit" disabled={!ready || asking}>Ask the judge</button>
        {asking && (
          <button class="button quiet" type="button" onClick={() => stop.current?.abort()}>
            Stop
          </button>
        )}
      </p>
      {shown && <JudgeState {...shown} />}
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli lab judge {setId}
      </noscript>
    </form>
  );
}

function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
