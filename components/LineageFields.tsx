import { useState } from "preact/hooks";
import type { PublicProblem } from "../lib/errors.ts";
import { FIELD_LIMITS } from "../lib/submissions/fields.ts";

/** A model as lists to choose from name it. */
export interface NamedModel {
  id: string;
  name: string;
  author?: string;
}

export interface LineageValues {
  forkOf: string;
  revisionOf: string;
  /** A guest's key to the model that gets a new version. */
  revisionKey: string;
}

interface Props {
  values: LineageValues;
  problem: PublicProblem | null;
  /** Models of the account that may get a new version. */
  own: NamedModel[];
}

/** Where a model comes from: another one it goes on from, or an older version of its own. */
export function LineageFields({ values, problem, own }: Props) {
  const wrong = problem?.path === "forkOf" || problem?.path === "revisionOf";
  const given = values.forkOf !== "" || values.revisionOf !== "";
  return (
    <details open={wrong || given}>
      <summary>
        Does it go on from another model? <span class="muted">optional</span>
      </summary>
      <div class="inside">
        <ForkField value={values.forkOf} invalid={problem?.path === "forkOf"} />
        {(own.length > 0 || values.revisionOf !== "") && (
          <RevisionField values={values} own={own} invalid={problem?.path === "revisionOf"} />
        )}
      </div>
    </details>
  );
}

/** With scripts it offers models while one types; without, an id or an address is pasted. */
function ForkField({ value, invalid }: { value: string; invalid: boolean }) {
  const [found, setFound] = useState<NamedModel[]>([]);
  async function search(event: Event) {
    const text = (event.target as HTMLInputElement).value.trim();
    // What was chosen from the list is an id that is in it.
    if (text.length < 2 || found.some(({ id }) => id === text)) return;
    const response = await fetch(`/api/v1/search?q=${encodeURIComponent(text.slice(0, 100))}`)
      .catch(() => null);
    if (response?.ok) setFound((await response.json()).models);
  }
  return (
    <div class="field">
      <label for="forkOf">Fork of</label>
      <input
        id="forkOf"
        name="forkOf"
        type="text"
        list="forkOf-found"
        maxLength={FIELD_LIMITS.reference}
        defaultValue={value}
        autocomplete="off"
        onInput={search}
        aria-describedby="forkOf-hint"
        aria-invalid={invalid ? "true" : undefined}
      />
      <datalist id="forkOf-found">
        {found.map(({ id, name, author }) => <option key={id} value={id}>{name} by {author}
        </option>)}
      </datalist>
      <p class="hint" id="forkOf-hint">
        Search by name, or paste the id or the address of a model. What the file itself says counts
        when this is empty.
      </p>
    </div>
  );
}

function RevisionField(
  { values, own, invalid }: { values: LineageValues; own: NamedModel[]; invalid: boolean },
) {
  const { revisionOf, revisionKey } = values;
  const listed = own.some(({ id }) => id === revisionOf) || revisionOf === ""
    ? own
    : [...own, { id: revisionOf, name: revisionOf }];
  return (
    <div class="field">
      <label for="revisionOf">New version of</label>
      <select
        id="revisionOf"
        name="revisionOf"
        aria-describedby="revisionOf-hint"
        aria-invalid={invalid ? "true" : undefined}
      >
        <option value="" selected={revisionOf === ""}>no, a model of its own</option>
        {listed.map(({ id, name }) => (
          <option key={id} value={id} selected={id === revisionOf}>{name}</option>
        ))}
      </select>
      <p class="hint" id="revisionOf-hint">
        The newest version holds the rank; the pages of older ones stay and lead to it.
      </p>
      {revisionKey !== "" && <input type="hidden" name="revisionKey" value={revisionKey} />}
    </div>
  );
}
