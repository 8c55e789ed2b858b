import SetChoices, { type SetChoicesProps } from "../islands/SetChoices.tsx";
import { PUBLISHED_DECODING } from "../lib/lab/generate/completions.ts";
import { NumberField } from "./NumberField.tsx";

interface Props extends Omit<SetChoicesProps, "chosen"> {
  /** The model has to be given a name. */
  named?: boolean;
  /** What is filled in, by the name of the field. */
  values?: Readonly<Record<string, string>>;
}

/** Which prompts, scored by what, decoded how, and under which name. */
export function GenerateFields({ prefix = "", named = true, values = {}, ...choices }: Props) {
  return (
    <>
      <SetChoices {...choices} prefix={prefix} chosen={values} />
      <DecodingFields prefix={prefix} values={values} />
      <div class="field">
        <label for={`${prefix}model`}>The model's name</label>
        <input
          id={`${prefix}model`}
          name="model"
          required={named}
          maxLength={120}
          autocomplete="off"
          defaultValue={values.model}
          aria-describedby={named ? undefined : `${prefix}model-hint`}
        />
        {!named && (
          <p class="hint" id={`${prefix}model-hint`}>
            In the set. Without one it is called as on the board.
          </p>
        )}
      </div>
    </>
  );
}

function DecodingFields(
  { prefix, values }: { prefix: string; values: Readonly<Record<string, string>> },
) {
  const { beams, minTokens, maxTokens } = PUBLISHED_DECODING;
  const field = (name: string, initial?: number) => ({
    id: prefix + name,
    name,
    initial: values[name] ? Number(values[name]) : initial,
  });
  return (
    <>
      <div class="controls">
        <NumberField {...field("beams", beams)} label="Beams" min="1" max="64" />
        <NumberField {...field("minTokens", minTokens)} label="Least tokens" min="0" />
        <NumberField {...field("maxTokens", maxTokens)} label="Most tokens" min="1" />
        <NumberField {...field("endToken")} label="End token" min="0" />
      </div>
      <p class="hint muted small">
        Filled in is the decoding of the published runs: five beams, no sampling; their lengths are
        inferred. Without an end token (50256 in GPT-2's vocabulary) every text has the most tokens.
      </p>
    </>
  );
}
