import { useEffect, useRef, useState } from "preact/hooks";
import { type Choice, Select } from "../components/Select.tsx";
import type { JoinableSet } from "../lib/lab/types.ts";

export interface SetChoicesProps {
  promptSets: Choice[];
  rubrics: Choice[];
  /** Sets of whoever looks, of any of those prompts and rubrics. */
  joinable: JoinableSet[];
  /** What is chosen to begin with: ids. */
  chosen?: { promptSetId?: string; rubricId?: string; into?: string };
  /** Of the ids, where two such forms are on a page. */
  prefix?: string;
}

/**
 * Which prompts, scored by what, and which set the model joins: of those that fit. Without a script
 * all are offered, under the prompts and the rubric they need.
 */
export default function SetChoices(props: SetChoicesProps) {
  const { promptSets, rubrics, joinable, chosen = {}, prefix = "" } = props;
  const [promptSetId, setPrompts] = useState(chosen.promptSetId ?? promptSets[0].id);
  const [rubricId, setRubric] = useState(chosen.rubricId ?? rubrics[0].id);
  const [isLive, setLive] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What was chosen before the script was there counts.
    const value = (name: string) =>
      place.current!.querySelector<HTMLSelectElement>(`[name="${name}"]`)!.value;
    setPrompts(value("promptSetId"));
    setRubric(value("rubricId"));
    setLive(true);
  }, []);
  const fits = (set: JoinableSet) => set.promptSetId === promptSetId && set.rubricId === rubricId;
  return (
    <div ref={place}>
      <Select
        {...{ id: `${prefix}promptSetId`, name: "promptSetId", label: "Prompts" }}
        {...{ choices: promptSets, chosen: promptSetId, onChoice: setPrompts }}
      />
      <Select
        {...{ id: `${prefix}rubricId`, name: "rubricId", label: "Rubric" }}
        {...{ choices: rubrics, chosen: rubricId, onChoice: setRubric }}
      />
      <JoinField id={`${prefix}into`} chosen={chosen.into}>
        {isLive
          ? joinable.filter(fits).map((set) => (
            <SetOption key={set.id} set={set} chosen={chosen.into} />
          ))
          : <GroupedOptions {...props} />}
      </JoinField>
    </div>
  );
}

function nameIn(choices: readonly Choice[], id: string): string {
  return choices.find((one) => one.id === id)?.name ?? id;
}

function JoinField({ id, chosen, children }: {
  id: string;
  chosen: string | undefined;
  children: preact.ComponentChildren;
}) {
  return (
    <div class="field">
      <label for={id}>Joins the set</label>
      <select id={id} name="into" aria-describedby={`${id}-hint`}>
        <option value="" selected={!chosen}>None: it becomes a set of its own</option>
        {children}
      </select>
      <p class="hint" id={`${id}-hint`}>
        Models of a set are scored blind beside each other. Sets of yours can be joined, if they are
        of the same prompts and rubric.
      </p>
    </div>
  );
}

function GroupedOptions({ promptSets, rubrics, joinable, chosen }: SetChoicesProps) {
  const needs = (set: JoinableSet) =>
    [nameIn(promptSets, set.promptSetId), nameIn(rubrics, set.rubricId)].join(", ");
  return (
    <>
      {[...Map.groupBy(joinable, needs)].map(([label, sets]) => (
        <optgroup key={label} label={label}>
          {sets.map((set) => <SetOption key={set.id} set={set} chosen={chosen?.into} />)}
        </optgroup>
      ))}
    </>
  );
}

function SetOption({ set: { id, name, models }, chosen }: {
  set: JoinableSet;
  chosen: string | undefined;
}) {
  return <option value={id} selected={id === chosen}>{`${name} (${models.join(", ")})`}</option>;
}
