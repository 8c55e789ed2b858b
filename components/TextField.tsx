interface Props {
  /** Its name in the form too. */
  id: string;
  label: string;
  hint: string;
  maxLength: number;
  value: string;
  invalid: boolean;
  autocomplete?: "name" | "off";
}

/** A required line of text with its label and a hint. */
export function TextField({ id, label, hint, maxLength, value, invalid, autocomplete }: Props) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        type="text"
        required
        maxLength={maxLength}
        defaultValue={value}
        autocomplete={autocomplete}
        aria-describedby={`${id}-hint`}
        aria-invalid={invalid ? "true" : undefined}
      />
      <p class="hint" id={`${id}-hint`}>{hint}</p>
    </div>
  );
}
