import type { TargetedEvent } from "preact";

export interface Choice {
  id: string;
  name: string;
}

interface Props {
  id: string;
  name: string;
  label: string;
  choices: readonly Choice[];
  chosen?: string;
  onChoice?: (id: string) => void;
}

/** One of several by name, with its label. */
export function Select({ id, name, label, choices, chosen, onChoice }: Props) {
  const change = onChoice &&
    ((event: TargetedEvent<HTMLSelectElement>) => onChoice(event.currentTarget.value));
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name} required onChange={change}>
        {choices.map(({ id, name }) => (
          <option key={id} value={id} selected={id === chosen}>{name}</option>
        ))}
      </select>
    </div>
  );
}
