interface Props {
  /** Its name in the form too. */
  id: string;
  label: string;
  hint: string;
  value?: string;
  maxLength?: number;
  required?: boolean;
  invalid?: boolean;
  autocomplete?: "name" | "off";
}

/** A line of text in a form, with its label and a hint. */
export function FormLine({ id, label, hint, value = "", invalid = false, ...input }: Props) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        type="text"
        {...input}
        defaultValue={value}
        aria-describedby={`${id}-hint`}
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id={`${id}-hint`}>{hint}</p>
    </div>
  );
}
