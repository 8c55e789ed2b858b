import type { Account } from "../lib/accounts/caller.ts";
import type { PublicProblem } from "../lib/errors.ts";
import { FIELD_LIMITS } from "../lib/submissions/fields.ts";
import { LineageFields, type LineageValues, type NamedModel } from "./LineageFields.tsx";
import { SentBy } from "./SentBy.tsx";
import { FormLine } from "./FormLine.tsx";

export interface FormValues extends LineageValues {
  name: string;
  author: string;
  blurb: string;
}

interface Props {
  values: FormValues;
  problem: PublicProblem | null;
  /** Who is signed in: its models carry its name. */
  account: Account | null;
  own: NamedModel[];
}

const TEXTS = [
  {
    id: "name" as const,
    label: "Name of the model",
    hint: `Up to ${FIELD_LIMITS.name} characters.`,
  },
  {
    id: "author" as const,
    label: "Author",
    hint: `You, your team or your handle. Up to ${FIELD_LIMITS.author} characters.`,
  },
];

/** What is asked for beside the file. */
export function SubmitFields({ values, problem, account, own }: Props) {
  const wrong = (id: string) => problem?.path === id;
  return (
    <>
      {account && <SentBy account={account} />}
      {TEXTS.filter(({ id }) => id === "name" || account === null).map(({ id, label, hint }) => (
        <FormLine
          required
          key={id}
          id={id}
          label={label}
          hint={hint}
          maxLength={FIELD_LIMITS[id]}
          value={values[id]}
          invalid={wrong(id)}
          autocomplete={id === "author" ? "name" : "off"}
        />
      ))}
      <div class="field">
        <label for="blurb">What is special about it? (optional)</label>
        <textarea
          id="blurb"
          name="blurb"
          rows={3}
          maxLength={FIELD_LIMITS.blurb}
          defaultValue={values.blurb}
          aria-describedby="blurb-hint"
          aria-invalid={wrong("blurb") ? "true" : undefined}
        />
        <p class="hint" id="blurb-hint">Plain text, up to {FIELD_LIMITS.blurb} characters.</p>
      </div>
      <LineageFields values={values} problem={problem} own={own} />
    </>
  );
}
