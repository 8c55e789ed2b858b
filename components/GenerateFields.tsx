import { PUBLISHED_DECODING } from "../lib/lab/generate/completions.ts";
import { NumberField } from "./NumberField.tsx";

export interface Choice {
  id: string;
  name: string;
}

/** Which prompts, scored by what, decoded how. */
export function GenerateFields({ promptSets, rubrics, prefix = "", named = true }: {
  promptSets: Choice[];
  rubrics: Choice[];
  /** Of the ids, where two such forms are on a page. */
  prefix?: string;
  /** The model has to be given a name. */
  named?: boolean;
}) {
  const id = (name: string) => prefix + name;
  const { beams, minTokens, maxTokens } = PUBLISHED_DECODING;
  return (
    <>
      <Select id={id("promptSetId")} name="promptSetId" label="Prompts" choices={promptSets} />
      <Select id={id("rubricId")} name="rubricId" label="Rubric" choices={rubrics} />
      <div class="controls">
        <NumberField
          id={id("beams")}
          name="beams"
          label="Beams"
          min="1"
          max="64"
          initial={beams}
        />
        <NumberField
          id={id("minTokens")}
          name="minTokens"
          label="Least tokens"
          min="0"
          initial={minTokens}
        />
        <NumberField
          id={id("maxTokens")}
          name="maxTokens"
          label="Most tokens"
          min="1"
          initial={maxTokens}
        />
        <NumberField id={id("endToken")} name="endToken" label="End token" min="0" />
      </div>
      <p class="hint muted small">
        Filled in is the decoding of the published runs: five beams, no sampling; their lengths are
        inferred. Without an end token (50256 in GPT-2's vocabulary) every text has the most tokens.
      </p>
      <div class="controls">
        <div class="field">
          <label for={id("model")}>The model's name</label>
          <input
            id={id("model")}
            name="model"
            required={named}
            maxLength={120}
            autocomplete="off"
          />
        </div>
        <div class="field">
          <label for={id("into")}>Joins the set</label>
          <input id={id("into")} name="into" maxLength={64} autocomplete="off" />
        </div>
      </div>
      <p class="hint muted small">
        {!named && "Without a name it is called as on the board. "}
        The id of a set of yours adds this model to it, so that both are scored blind together;
        without one a new set is made.
      </p>
    </>
  );
}

export function Select({ id, name, label, choices, chosen }: {
  id: string;
  name: string;
  label: string;
  choices: Choice[];
  chosen?: string;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name} required>
        {choices.map(({ id, name }) => (
          <option key={id} value={id} selected={id === chosen}>{name}</option>
        ))}
      </select>
    </div>
  );
}
