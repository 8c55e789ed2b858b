import { useRef } from "preact/hooks";
import { JudgeFields, type TemplateChoice } from "../components/JudgeFields.tsx";
import { JudgeState } from "../components/JudgeState.tsx";
import { useJudgeRun } from "../components/use_judge_run.ts";

/** Asks a judge from this tab: the key goes from here to the judge's address and nowhere else. */
export default function JudgeRun({ setId, templates }: {
  setId: string;
  templates: TemplateChoice[];
}) {
  const form = useRef<HTMLFormElement>(null);
  const { ready, shown, run, stop } = useJudgeRun(setId, form);
  const asking = shown?.state === "asking";
  return (
    <form
      ref={form}
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
      data-judge-run={shown?.state ?? "idle"}
    >
      <JudgeFields templates={templates} />
      <p class="actions">
        <button class="button" type="submit" disabled={!ready || asking}>Ask the judge</button>
        {asking && <button class="button quiet" type="button" onClick={stop}>Stop</button>}
      </p>
      {shown && <JudgeState {...shown} />}
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli lab judge {setId}
      </noscript>
    </form>
  );
}
