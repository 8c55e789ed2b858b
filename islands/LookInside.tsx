import { useRef, useState } from "preact/hooks";
import { LookResult } from "../components/playground/LookResult.tsx";
import { ModelChoice } from "../components/playground/ModelChoice.tsx";
import { NoFile } from "../components/NoFile.tsx";
import { PresetButtons } from "../components/playground/PresetButtons.tsx";
import { TabRunning } from "../components/TabRunning.tsx";
import { type OpenedModel, useOpenedModel } from "../components/playground/use_opened_model.ts";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { Look } from "../lib/inspect/look.ts";
import type { TensorLook } from "../lib/inspect/weights.ts";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";

interface Props {
  model: PlayModel | null;
  /** To begin with. */
  text: string | undefined;
}

/** Attention, logit lens and weights of a model, for a text of the visitor's. */
export default function LookInside({ model, text }: Props) {
  const choice = useOpenedModel(model);
  const { opened } = choice;
  return (
    <div class="look-inside">
      <ModelChoice {...choice} />
      {opened && <Looker key={`${opened.id} ${opened.name}`} model={opened} text={text} />}
    </div>
  );
}

function Looker({ model, text }: { model: OpenedModel } & Pick<Props, "text">) {
  const engine = useTabEngine(model.source);
  const [look, setLook] = useState<Look | null>(null);
  const [weights, setWeights] = useState<TensorLook[] | null>(null);

  async function inspect(prompt: string) {
    await engine.run({ type: "look", prompt, weights: weights === null }, (reply) => {
      if (reply.type !== "look") return;
      setLook(reply.look);
      if (reply.weights) setWeights(reply.weights);
    });
  }

  return (
    <>
      <LookForm {...{ model, text, engine }} found={look !== null} onLook={inspect} />
      {look && <LookResult key={lookKey(look)} look={look} weights={weights} />}
    </>
  );
}

interface FormProps extends Pick<Props, "text"> {
  model: OpenedModel;
  engine: ReturnType<typeof useTabEngine>;
  found: boolean;
  onLook: (prompt: string) => void;
}

function LookForm({ model: { presets }, text, engine, found, onLook }: FormProps) {
  const { ready, absent, progress, problem, stop } = engine;
  const prompt = useRef<HTMLTextAreaElement>(null);
  const look = (event: Event) => {
    event.preventDefault();
    onLook(prompt.current!.value);
  };
  const first = text ?? wholeText(presets[0]);
  return (
    <form class="panel" onSubmit={look}>
      <PresetButtons
        presets={presets}
        onChoose={(preset) => prompt.current!.value = wholeText(preset)}
      />
      <div class="field">
        <label for="look-prompt">Text</label>
        <textarea id="look-prompt" ref={prompt} rows={3} defaultValue={first} required />
      </div>
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {progress && <TabRunning progress={progress} label="Looking inside" />}
      <p class="actions">
        {progress === null
          ? <button class="button" type="submit" disabled={!ready}>Look inside</button>
          : <button class="button quiet" type="button" onClick={stop}>Stop</button>}
        <span class="muted small" role="status">
          {found && !progress ? "done: what was found stands below" : ""}
        </span>
      </p>
      <noscript>
        This needs JavaScript. The command line gives the same figures: deno task cli inspect FILE
        --prompt TEXT
      </noscript>
    </form>
  );
}

/** A prompt with its answer: how the one comes of the other is what can be seen. */
function wholeText(preset: OpenedModel["presets"][number] | undefined): string {
  return preset ? preset.prompt + preset.answer : "Once upon a time";
}

/** Another text begins with another choice of token. */
function lookKey({ tokens }: Look): string {
  return tokens.map(({ id }) => id).join(" ");
}
