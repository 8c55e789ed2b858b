/** A line of a form with its label and a hint; the name is the id. */
export function FormLine({ id, label, hint, value = "", maxLength, required = false }: {
  id: string;
  label: string;
  hint: string;
  value?: string;
  maxLength?: number;
  required?: boolean;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={id}
        type="text"
        required={required}
        maxLength={maxLength}
        defaultValue={value}
        aria-describedby={`${id}-hint`}
      />
      <p class="hint" id={`${id}-hint`}>{hint}</p>
    </div>
  );
}
