import type { Account } from "../lib/accounts/caller.ts";
import type { PublicProblem } from "../lib/errors.ts";
import { formatBytes } from "./format.ts";
import { FIELD_LIMITS } from "../lib/submissions/fields.ts";
import { SentBy } from "./SentBy.tsx";
import { TextField } from "./TextField.tsx";

export interface FormValues {
  name: string;
  author: string;
  blurb: string;
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

/** The fields of the submit form, file last: the server reads the form as it arrives. */
export function SubmitFields(
  { values, problem, maxUploadBytes, account }: {
    values: FormValues;
    problem: PublicProblem | null;
    maxUploadBytes: number;
    account: Account | null;
  },
) {
  const wrong = (id: string) => problem?.path === id;
  return (
    <>
      {account && <SentBy account={account} />}
      {TEXTS.filter(({ id }) => id !== "author" || !account).map(({ id, label, hint }) => (
        <TextField
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
      <div class="field">
        <label for="file">Model file</label>
        <input
          id="file"
          name="file"
          type="file"
          accept=".tinygpt"
          required
          aria-describedby="file-hint"
          aria-invalid={wrong("file") ? "true" : undefined}
        />
        <p class="hint" id="file-hint">
          A .tinygpt file, up to{" "}
          {formatBytes(maxUploadBytes)}. It is looked at here before it is sent.
        </p>
      </div>
    </>
  );
}
