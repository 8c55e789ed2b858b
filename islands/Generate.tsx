import { useRef, useState } from "preact/hooks";
import { formatDuration, formatInteger } from "../components/format.ts";
import { NoFile } from "../components/NoFile.tsx";
import { FoundTexts } from "../components/playground/FoundTexts.tsx";
import { ModelChoice } from "../components/playground/ModelChoice.tsx";
import { PresetButtons } from "../components/playground/PresetButtons.tsx";
import { type OpenedModel, useOpenedModel } from "../components/playground/use_opened_model.ts";
import { useWriting, type Written } from "../components/playground/use_writing.ts";
import {
  type MethodName,
  readWriting,
  writePreset,
  WritingFields,
} from "../components/playground/WritingFields.tsx";
import { WrittenText } from "../components/playground/WrittenText.tsx";
import { fromUtf8 } from "../lib/bytes.ts";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";

/** Characters of a text in an address. */
const LINKED_TEXT = 500;

interface Props {
  /** Null where the board has none to begin with. */
  model: PlayModel | null;
  /** On the page of the model itself no other can be opened. */
  alone?: boolean;
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

type Writing = ReturnType<typeof useWriting>;

function Writer({ model: { id, source, presets } }: { model: OpenedModel }) {
  const writing = useWriting(source);
  const form = useRef<HTMLFormElement>(null);
  const [method, setMethod] = useState<MethodName>(presets[0]?.greedy ? "greedy" : "draw");

  function submit(event: Event) {
    event.preventDefault();
    return writing.write(readWriting(form.current!));
  }

  return (
    <form
      class="grid-2"
      ref={form}
      onSubmit={submit}
      data-generate={writing.written?.state ?? "idle"}
    >
      <div class="panel">
        <PresetButtons
          presets={presets}
          onChoose={(preset) => {
            writePreset(form.current!, preset);
            setMethod(preset.greedy ? "greedy" : "draw");
          }}
        />
        <WritingFields method={method} first={presets[0]} onMethod={setMethod} />
        <p class="hint muted small">
          The same prompt, settings and seed give the same text on every machine.
        </p>
        <WritingActions {...writing} />
        <noscript>
          This needs JavaScript. The command line does the same: deno task cli generate FILE
        </noscript>
      </div>
      <WritingOutput {...writing} entry={id} />
    </form>
  );
}

function WritingActions({ ready, progress, written, halt }: Writing) {
  return (
    <p class="actions">
      {progress === null
        ? <button class="button" type="submit" disabled={!ready}>Generate</button>
        : <button class="button quiet" type="button" onClick={halt}>Stop</button>}
      <span class="muted small" role="status">
        {progress ? progress.stage : written?.state === "done" ? "done" : ""}
      </span>
    </p>
  );
}

function WritingOutput({ absent, problem, written, entry }: Writing & { entry: string | null }) {
  return (
    <div class="panel output">
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {written
        ? <WrittenText {...written} ended={written.state !== "running"} />
        : <p class="sample muted" data-try-output>The model's text appears here.</p>}
      {written && written.tokens.length > 0 && <Pace {...written} />}
      {written?.state === "done" && entry && (
        <p>
          <a href={lookAddress(entry, written)}>Look inside with this text</a>
        </p>
      )}
      {written && <FoundTexts texts={written.texts} />}
    </div>
  );
}

/** As much of the text as an address may hold; the model reads its end. */
function lookAddress(entry: string, { prompt, tokens }: Written): string {
  const bytes = Uint8Array.from(tokens.flatMap(({ bytes }) => bytes));
  const text = (prompt + fromUtf8(bytes)).slice(-LINKED_TEXT);
  return `/playground/look?${new URLSearchParams({ entry, text })}`;
}

function Pace({ tokens, elapsedMs }: Written) {
  const perSecond = elapsedMs > 0 ? formatInteger(1000 * tokens.length / elapsedMs) : "–";
  return (
    <p class="muted small" data-pace>
      {formatInteger(tokens.length)} tokens in {formatDuration(elapsedMs)}: {perSecond} a second
    </p>
  );
}
