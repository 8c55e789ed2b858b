interface Props {
  name: string;
  /** Its name where it has none of its own. */
  id?: string;
  label: string;
  min: string;
  max?: string;
  step?: string;
  initial?: number;
}

/** A number with its label. */
export function NumberField({ name, id = name, label, min, max, step = "1", initial }: Props) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        type="number"
        min={min}
        max={max}
        step={step}
        defaultValue={initial}
      />
    </div>
  );
}
