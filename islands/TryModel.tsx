import { useState } from "preact/hooks";
import { NoFile } from "../components/NoFile.tsx";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { TabRequest } from "../workers/score_protocol.ts";

/** Generates with the model in this tab; the text appears byte by byte. */
export default function TryModel({ file, prompt }: { file: string; prompt: string }) {
  const { ready, absent, progress, problem, run, stop } = useTabEngine(file);
  const [shown, setShown] = useState({ prompt: "", text: "" });

  async function generate(event: Event) {
    event.preventDefault();
    const request = readForm(event.currentTarget as HTMLFormElement);
    const decoder = new TextDecoder();
    const append = (text: string) =>
      setShown((before) => ({ ...before, text: before.text + text }));
    setShown({ prompt: request.prompt, text: "" });
    await run(request, (reply) => {
      if (reply.type !== "bytes") return;
      append(decoder.decode(Uint8Array.from(reply.bytes), { stream: true }));
    });
    // A character that the last byte leaves unfinished is shown as such, as on the command line.
    append(decoder.decode());
  }

  return (
    <form class="grid-2" onSubmit={generate}>
      <div class="panel">
        <TryFields prompt={prompt} />
        <p class="actions">
          {progress === null
            ? <button class="button" type="submit" disabled={!ready}>Generate</button>
            : <button class="button quiet" type="button" onClick={stop}>Stop</button>}
          <span class="muted small" aria-live="polite">
            {progress && (shown.text ? "writing" : progress.stage)}
          </span>
        </p>
        <noscript>
          This needs JavaScript. The command line does the same: deno task cli generate FILE
        </noscript>
      </div>
      <div class="panel output">
        {absent && <NoFile />}
        {problem && <p class="note bad" role="alert">{problem}</p>}
        <output class="sample" data-try-output>
          {shown.prompt === ""
            ? <span class="muted">The model's text appears here.</span>
            : <b>{shown.prompt}</b>}
          {shown.text}
        </output>
      </div>
    </form>
  );
}

function TryFields({ prompt }: { prompt: string }) {
  return (
    <>
      <div class="field">
        <label for="try-prompt">Prompt</label>
        <textarea id="try-prompt" name="prompt" rows={3} defaultValue={prompt} required />
      </div>
      <div class="controls">
        <div class="field">
          <label for="try-temperature">Temperature</label>
          <input
            id="try-temperature"
            name="temperature"
            type="number"
            min="0"
            max="2"
            step="0.05"
            defaultValue="0.8"
          />
        </div>
        <div class="field">
          <label for="try-length">Bytes</label>
          <input
            id="try-length"
            name="maxBytes"
            type="number"
            min="1"
            max="2000"
            defaultValue="300"
          />
        </div>
        <div class="field">
          <label for="try-seed">Seed</label>
          <input
            id="try-seed"
            name="seed"
            type="number"
            min="0"
            max="9007199254740991"
            defaultValue="1"
          />
        </div>
      </div>
      <p class="hint muted small">
        The same prompt, settings and seed give the same text on every machine.
      </p>
    </>
  );
}

function readForm(form: HTMLFormElement): Extract<TabRequest, { type: "generate" }> {
  const data = new FormData(form);
  const number = (name: string) => Number(data.get(name));
  return {
    type: "generate",
    prompt: String(data.get("prompt")),
    maxBytes: number("maxBytes"),
    temperature: number("temperature"),
    seed: number("seed"),
  };
}
