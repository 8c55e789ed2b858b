import { useRef, useState } from "preact/hooks";
import { type Choice, GenerateFields } from "../components/GenerateFields.tsx";
import { generateSet, readWanted } from "../components/generate_set.ts";
import { NoFile } from "../components/NoFile.tsx";
import { ModelChoice } from "../components/playground/ModelChoice.tsx";
import { type OpenedModel, useOpenedModel } from "../components/playground/use_opened_model.ts";
import { useTabEngine } from "../components/use_tab_engine.ts";
import type { PlayModel } from "../lib/submissions/shelf_store.ts";

interface Props {
  /** Null where the board has none to begin with. */
  model: PlayModel | null;
  promptSets: Choice[];
  rubrics: Choice[];
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

function Maker({ model, promptSets, rubrics }: Omit<Props, "model"> & { model: OpenedModel }) {
  const { ready, absent, progress, problem, run, stop } = useTabEngine(model.source);
  const form = useRef<HTMLFormElement>(null);
  const [done, setDone] = useState<{ done: number; total: number } | null>(null);
  const [made, setMade] = useState<{ url: string } | { problem: string } | null>(null);

  async function make(event: Event) {
    event.preventDefault();
    setMade(null);
    setDone({ done: 0, total: 0 });
    try {
      const url = await generateSet(model.source, readWanted(form.current!), {
        run,
        onDone: (done, total) => setDone({ done, total }),
      });
      setMade({ url });
    } catch (error) {
      setMade({ problem: error instanceof Error ? error.message : String(error) });
    }
    setDone(null);
  }

  return (
    <form ref={form} onSubmit={make} data-generate-set={made && "url" in made ? "done" : "idle"}>
      <GenerateFields promptSets={promptSets} rubrics={rubrics} />
      <p class="actions">
        <button class="button" type="submit" disabled={!ready || done !== null}>Generate</button>
        {done && (
          <button
            class="button quiet"
            type="button"
            onClick={() => {
              stop();
              setDone(null);
            }}
          >
            Stop
          </button>
        )}
        <span class="muted small" aria-live="polite">
          {done && (done.total === 0 ? progress?.stage : `${done.done} of ${done.total}`)}
        </span>
      </p>
      {absent && <NoFile />}
      {problem && <p class="note bad" role="alert">{problem}</p>}
      {made && ("url" in made
        ? (
          <p class="note good">
            The set is there: <a href={made.url}>look at it</a> or{" "}
            <a href={`${made.url}/score`}>score it</a>.
          </p>
        )
        : <p class="note bad" role="alert">{made.problem}</p>)}
      <noscript>
        This needs JavaScript. The command line does the same: deno task cli lab generate FILE
      </noscript>
    </form>
  );
}
