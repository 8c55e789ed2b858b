import { valueAt } from "../../lib/playground/draft.ts";
import type { FieldGroup, RecipeField } from "../../lib/playground/fields.ts";
import { devOf } from "../../lib/playground/sources.ts";
import type { Draft } from "./use_draft.ts";

/** What an optional group begins with; others of its fields are left out. */
const BEGINNINGS: Record<string, (draft: unknown) => unknown> = {
  "model.arch": (draft) => ({
    ...{ norm: "rmsnorm", positions: "rotary", rotaryBase: 10_000, mlp: "swiglu", head: "tied" },
    ...{ biases: false, kvHeads: valueAt(draft, "model.heads") },
  }),
  "optimizer.muon": () => ({ learningRate: 0.02, momentum: 0.95 }),
  earlyStop: (draft) => ({
    ...{ dev: devOf(valueAt(draft, "data.0"), null), patience: 1000, minDelta: 0 },
    interval: Math.max(1, Math.round(Number(valueAt(draft, "steps")) / 20)),
  }),
};

/** Every field of the schema with what it does; the same draft as the JSON beside it. */
export function RecipeForm(
  { groups, draft, disabled }: { groups: FieldGroup[]; draft: Draft; disabled: boolean },
) {
  return (
    <div class="recipe-form">
      {groups.map((group) => <Group key={group.path} {...{ group, draft, disabled }} />)}
    </div>
  );
}

function Group(
  { group, draft, disabled }: { group: FieldGroup; draft: Draft; disabled: boolean },
) {
  const { path, title, words, optional, fields } = group;
  const there = path === "" || valueAt(draft.value, path) !== undefined;
  return (
    <fieldset class="recipe-group" disabled={disabled}>
      <legend>{title}</legend>
      <p class="hint">{words}</p>
      {optional && (
        <label class="check">
          <input
            type="checkbox"
            checked={there}
            onChange={() =>
              draft.setAt(path, there ? undefined : BEGINNINGS[path]?.(draft.value) ?? {})}
          />{" "}
          {there ? "Used" : "Use it"}
        </label>
      )}
      {there && (
        <div class="recipe-fields">
          {fields.map((field) => <Field key={field.path} {...{ field, draft }} />)}
        </div>
      )}
    </fieldset>
  );
}

function Field({ field, draft }: { field: RecipeField; draft: Draft }) {
  const { path, name, words, optional } = field;
  const id = `recipe-${path.replaceAll(".", "-")}`;
  const invalid = draft.problem?.path === path;
  return (
    <div class="field">
      <label for={id}>
        {spaced(name)} {optional && <span class="muted small">optional</span>}
      </label>
      <FieldInput {...{ field, draft, id, invalid }} />
      <p class={invalid ? "problem" : "hint"} id={`${id}-hint`}>
        {invalid ? draft.problem?.fix ?? draft.problem?.message : words}
      </p>
    </div>
  );
}

interface InputProps {
  field: RecipeField;
  draft: Draft;
  id: string;
  invalid: boolean;
}

function FieldInput(props: InputProps) {
  const { field: { path, input }, draft, id, invalid } = props;
  const value = valueAt(draft.value, path);
  const common = {
    id,
    "aria-describedby": `${id}-hint`,
    "aria-invalid": invalid ? "true" as const : undefined,
  };
  if (input.kind === "switch") return <Switch {...props} {...{ common, value }} />;
  if (input.kind === "choice") {
    return <Choice {...props} options={input.options} {...{ common, value }} />;
  }
  const numeric = input.kind === "number";
  return (
    <input
      {...common}
      type="text"
      inputMode={numeric ? "decimal" : undefined}
      value={value === undefined ? "" : String(value)}
      onChange={(event) => draft.setAt(path, typed(event.currentTarget.value, numeric))}
    />
  );
}

interface SelectProps extends InputProps {
  /** Attributes of every input. */
  common: Record<string, string | undefined>;
  value: unknown;
}

function Switch({ field: { path }, draft, common, value }: SelectProps) {
  return (
    <select
      {...common}
      value={String(value)}
      onChange={(event) => draft.setAt(path, event.currentTarget.value === "true")}
    >
      <option value="false">no</option>
      <option value="true">yes</option>
    </select>
  );
}

function Choice(
  { field: { path, optional }, draft, common, value, options }: SelectProps & {
    options: readonly string[];
  },
) {
  return (
    <select
      {...common}
      value={value === undefined ? "" : String(value)}
      onChange={(event) => draft.setAt(path, event.currentTarget.value || undefined)}
    >
      {optional && <option value="">as usual</option>}
      {options.map((option) => <option key={option} value={option}>{option}</option>)}
    </select>
  );
}

/** Text that is no number stays text: the check says what was expected. */
function typed(text: string, numeric: boolean): unknown {
  if (text.trim() === "") return undefined;
  return numeric && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** "checkpointInterval" → "checkpoint interval" */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
