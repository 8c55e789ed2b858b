import type { PublicProblem } from "../lib/errors.ts";
import { formatBytes } from "./format.ts";
import { FIELD_LIMITS } from "../lib/submissions/fields.ts";

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
    required: true,
  },
  {
    id: "author" as const,
    label: "Author",
    hint: `You, your team or your handle. Up to ${FIELD_LIMITS.author} characters.`,
    required: true,
  },
];

/** The fields of the submit form, file last: the server reads the form as it arrives. */
export function SubmitFields(
  { values, problem, maxUploadBytes }: {
    values: FormValues;
    problem: PublicProblem | null;
    maxUploadBytes: number;
  },
) {
  const wrong = (id: string) => problem?.path === id;
  return (
    <>
      {TEXTS.map(({ id, label, hint, required }) => (
        <div class="field" key={id}>
          <label for={id}>{label}</label>
          <input
            id={id}
            name={id}
            type="text"
            required={required}
            maxLength={FIELD_LIMITS[id]}
            defaultValue={values[id]}
            autocomplete={id === "author" ? "name" : "off"}
            aria-describedby={`${id}-hint`}
            aria-invalid={wrong(id) ? "true" : undefined}
          />
          <p class="hint" id={`${id}-hint`}>{hint}</p>
        </div>
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
