interface Props {
  /** Its id too. */
  name: string;
  label: string;
  min: string;
  max?: string;
  step?: string;
  initial?: number;
}

/** A number with its label. */
export function NumberField({ name, label, min, max, step = "1", initial }: Props) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
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
