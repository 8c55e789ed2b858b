import { useRef } from "preact/hooks";
import { GenerateFields } from "../components/GenerateFields.tsx";
import { readWanted } from "../components/generate_set.ts";
import { NoFile } from "../components/NoFile.tsx";
import { ModelChoice } from "../components/playground/ModelChoice.tsx";
import { type OpenedModel, useOpenedModel } from "../components/playground/use_opened_model.ts";
import { type Made, useGeneration } from "../components/use_generation.ts";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";
import type { SetChoicesProps } from "./SetChoices.tsx";

interface Props extends Pick<SetChoicesProps, "promptSets" | "rubrics" | "joinable"> {
  /** Null where the board has none to begin with. */
  model: PlayModel | null;
  /** What is filled in, by the name of the field. */
  values?: Record<string, string>;
}

/** Completes the prompts of a set in this tab; the result is a set to score. */
export default function GenerateSet({ model, ...choices }: Props) {
  const choice = useOpenedModel(model);
  const { opened } = choice;
  return (
    <div class="panel">
      <ModelChoice {...choice} />
      {opened && <Maker key={`${opened.id} ${opened.name}`} model={opened} {...choices} />}
    </div>
  );
}

function Maker({ model, ...choices }: Omit<Props, "model"> & { model: OpenedModel }) {
  const generation = useGeneration(model.source);
  const { absent, problem, made, make } = generation;
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void make(readWanted(form.current!));
      }}
      data-generate-set={made && "url" in made ? "done" : "idle"}
    >
      <GenerateFields {...choices} />
      <Running {...generation} />
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {made && <Outcome made={made} />}
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli lab generate FILE
      </noscript>
    </form>
  );
}

/** Begins, ends, and says how far it is. */
function Running(
  { ready, done, stage, stop }: Pick<
    ReturnType<typeof useGeneration>,
    "ready" | "done" | "stage" | "stop"
  >,
) {
  return (
    <p class="actions">
      <button class="button" type="submit" disabled={!ready || done !== null}>Generate</button>
      {done && <button class="button quiet" type="button" onClick={stop}>Stop</button>}
      <span class="muted small" aria-live="polite">
        {done && (done.total === 0 ? stage : `${done.done} of ${done.total}`)}
      </span>
    </p>
  );
}

function Outcome({ made }: { made: Made }) {
  if ("problem" in made) return <p class="note bad" role="alert">{made.problem}</p>;
  return (
    <p class="note good">
      The set is there: <a href={made.url}>look at it</a> or{" "}
      <a href={`${made.url}/score`}>score it</a>.
    </p>
  );
}
