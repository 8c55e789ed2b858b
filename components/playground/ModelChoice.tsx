import { useState } from "preact/hooks";
import type { useOpenedModel } from "./use_opened_model.ts";

type Choice = ReturnType<typeof useOpenedModel>;

/** What is open, and what else of the visitor's own can be. Drop a file anywhere on it. */
export function ModelChoice(choice: Choice) {
  const { opened, problem, openFile } = choice;
  const [over, setOver] = useState(false);
  return (
    <div
      class="model-choice drop-zone"
      data-over={over ? "true" : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        openFile(event.dataTransfer?.files[0]);
      }}
    >
      <p data-opened>
        {opened === null ? "No model is open." : (
          <>
            Open:{" "}
            <b>{opened.id ? <a href={`/models/${opened.id}`}>{opened.name}</a> : opened.name}</b>
          </>
        )}
      </p>
      {problem && <p class="note bad" role="alert">{problem}</p>}
      <OwnModels {...choice} />
    </div>
  );
}

function OwnModels({ runs, openFile, openRun }: Choice) {
  return (
    <div class="own-models" data-needs-script>
      {runs.length > 0 && (
        <div class="field">
          <label for="own-run">A run of yours</label>
          <select
            id="own-run"
            onChange={(event) => event.currentTarget.value && openRun(event.currentTarget.value)}
          >
            <option value="">Choose a run</option>
            {runs.map(({ id, name, progress }) => (
              <option key={id} value={id}>{name}, step {progress!.step}</option>
            ))}
          </select>
        </div>
      )}
      <div class="field">
        <label for="own-file">Or a .tinygpt file: choose it, or drop it here</label>
        <input
          id="own-file"
          type="file"
          accept=".tinygpt"
          onChange={(event) => openFile(event.currentTarget.files?.[0])}
        />
      </div>
    </div>
  );
}
