import { PUBLISHED_DECODING } from "../lib/lab/generate/completions.ts";
import { NumberField } from "./NumberField.tsx";

export interface Choice {
  id: string;
  name: string;
}

/** Which prompts, scored by what, decoded how. */
export function GenerateFields({ promptSets, rubrics }: {
  promptSets: Choice[];
  rubrics: Choice[];
}) {
  const { beams, minTokens, maxTokens } = PUBLISHED_DECODING;
  return (
    <>
      <Select name="promptSetId" label="Prompts" choices={promptSets} />
      <Select name="rubricId" label="Rubric" choices={rubrics} />
      <div class="controls">
        <NumberField name="beams" label="Beams" min="1" max="64" initial={beams} />
        <NumberField name="minTokens" label="Least tokens" min="0" initial={minTokens} />
        <NumberField name="maxTokens" label="Most tokens" min="1" initial={maxTokens} />
        <NumberField name="endToken" label="End token" min="0" />
      </div>
      <p class="hint muted small">
        Filled in is the decoding of the published runs: five beams, no sampling. Without an end
        token every text has the most tokens.
      </p>
      <div class="controls">
        <div class="field">
          <label for="model">The model's name</label>
          <input id="model" name="model" required maxLength={120} autocomplete="off" />
        </div>
        <div class="field">
          <label for="into">Joins the set</label>
          <input id="into" name="into" maxLength={64} autocomplete="off" />
        </div>
      </div>
      <p class="hint muted small">
        Empty makes a new set; the id of one of yours adds this model to it, so that both are scored
        blind together.
      </p>
    </>
  );
}

function Select({ name, label, choices }: { name: string; label: string; choices: Choice[] }) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name} required>
        {choices.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </select>
    </div>
  );
}
