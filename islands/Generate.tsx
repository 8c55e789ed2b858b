import { useRef, useState } from "preact/hooks";
import { formatDuration, formatInteger } from "../components/format.ts";
import { FoundTexts } from "../components/playground/FoundTexts.tsx";
import { ModelChoice } from "../components/playground/ModelChoice.tsx";
import { NoFile } from "../components/NoFile.tsx";
import { PresetButtons } from "../components/playground/PresetButtons.tsx";
import { type OpenedModel, useOpenedModel } from "../components/playground/use_opened_model.ts";
import { useTabEngine } from "../components/use_tab_engine.ts";
import {
  type MethodName,
  readWriting,
  writePreset,
  WritingFields,
} from "../components/playground/WritingFields.tsx";
import { WrittenText } from "../components/playground/WrittenText.tsx";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";
import type { FoundText, WrittenToken } from "../workers/score_protocol.ts";

interface Props {
  /** Null where the board has none to begin with. */
  model: PlayModel | null;
  /** On the page of the model itself no other can be opened. */
  alone?: boolean;
}

interface Written {
  prompt: string;
  tokens: WrittenToken[];
  texts: FoundText[];
  elapsedMs: number;
  state: "running" | "stopped" | "done";
}

/** Continues prompts with a model, in this tab; the text appears as it is written. */
export default function Generate({ model, alone = false }: Props) {
  const choice = useOpenedModel(model);
  const { opened } = choice;
  return (
    <div class="generate">
      {!alone && <ModelChoice {...choice} />}
      {opened && <Writer key={`${opened.id} ${opened.name}`} model={opened} />}
    </div>
  );
}

function Writer({ model: { source, presets } }: { model: OpenedModel }) {
  const { ready, absent, progress, problem, run, stop } = useTabEngine(source);
  const form = useRef<HTMLFormElement>(null);
  const [method, setMethod] = useState<MethodName>(presets[0]?.greedy ? "greedy" : "draw");
  const [written, setWritten] = useState<Written | null>(null);

  async function write(event: Event) {
    event.preventDefault();
    const request = readWriting(form.current!);
    const { prompt } = request;
    const change = (part: (before: Written) => Partial<Written>) =>
      setWritten((before) => before && { ...before, ...part(before) });
    setWritten({ prompt, tokens: [], texts: [], elapsedMs: 0, state: "running" });
    await run({ type: "generate", ...request }, (reply) => {
      if (reply.type === "found") change(() => ({ texts: reply.texts }));
      if (reply.type !== "written") return;
      const { elapsedMs } = reply;
      change(({ tokens }) => ({ tokens: [...tokens, ...reply.tokens], elapsedMs }));
    });
    change(() => ({ state: "done" }));
  }

  function halt() {
    stop();
    setWritten((before) => before && { ...before, state: "stopped" });
  }

  return (
    <form class="grid-2" ref={form} onSubmit={write} data-generate={written?.state ?? "idle"}>
      <div class="panel">
        <PresetButtons
          presets={presets}
          onChoose={(preset) => {
            writePreset(form.current!, preset);
            setMethod(preset.greedy ? "greedy" : "draw");
          }}
        />
        <WritingFields
          method={method}
          prompt={presets[0]?.prompt ?? "Once upon a time"}
          onMethod={setMethod}
        />
        <p class="hint muted small">
          The same prompt, settings and seed give the same text on every machine.
        </p>
        <p class="actions">
          {progress === null
            ? <button class="button" type="submit" disabled={!ready}>Generate</button>
            : <button class="button quiet" type="button" onClick={halt}>Stop</button>}
          <span class="muted small" role="status">
            {progress ? progress.stage : written?.state === "done" ? "done" : ""}
          </span>
        </p>
        <noscript>
          This needs JavaScript. The command line does the same: deno task cli generate FILE
        </noscript>
      </div>
      <div class="panel output">
        {absent && <NoFile />}
        {problem && <p class="note bad" role="alert">{problem}</p>}
        {written
          ? <WrittenText {...written} ended={written.state !== "running"} />
          : <p class="sample muted" data-try-output>The model's text appears here.</p>}
        {written && written.tokens.length > 0 && <Pace {...written} />}
        {written && <FoundTexts texts={written.texts} />}
      </div>
    </form>
  );
}

function Pace({ tokens, elapsedMs }: Written) {
  const perSecond = elapsedMs > 0 ? formatInteger(1000 * tokens.length / elapsedMs) : "–";
  return (
    <p class="muted small" data-pace>
      {formatInteger(tokens.length)} tokens in {formatDuration(elapsedMs)}: {perSecond} a second
    </p>
  );
}
