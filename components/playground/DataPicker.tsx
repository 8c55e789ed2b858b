import { valueAt } from "../../lib/playground/draft.ts";
import { keyOf, type SourceChoice, withData } from "../../lib/playground/sources.ts";
import { formatBytes } from "../format.ts";
import type { Draft } from "./use_draft.ts";

interface Props {
  choices: SourceChoice[];
  draft: Draft;
  disabled: boolean;
}

const GROUPS = ["Tasks", "Corpora", "Uploaded corpora", "Your texts"] as const;

/** What rows are drawn from: one source or several, each with its share. */
export function DataPicker({ choices, draft, disabled }: Props) {
  const value = valueAt(draft.value, "data");
  const data: unknown[] = Array.isArray(value) ? value : [];
  const set = (next: unknown[]) => draft.set(withData(draft.value, next, choices));
  return (
    <fieldset class="recipe-group" disabled={disabled}>
      <legend>Data</legend>
      <p class="hint">
        Each row is drawn from one of these, as often as its share says. Tasks never show what the
        benchmark asks.
      </p>
      {data.map((source, index) => (
        <Source
          key={index}
          {...{ choices, index, source }}
          onChange={(next) => set(data.with(index, next))}
          onRemove={data.length > 1 ? () => set(data.toSpliced(index, 1)) : null}
        />
      ))}
      <p class="actions">
        <button
          class="button quiet small"
          type="button"
          onClick={() => set([...data, { ...unused(choices, data).source, weight: 1 }])}
        >
          Add a source
        </button>
      </p>
    </fieldset>
  );
}

function Source({ choices, index, source, onChange, onRemove }: {
  choices: SourceChoice[];
  index: number;
  source: unknown;
  onChange: (source: unknown) => void;
  /** Null for the last one. */
  onRemove: (() => void) | null;
}) {
  const { weight } = Object(source);
  return (
    <div class="source">
      <SourceSelect
        {...{ choices, index, source }}
        onChoose={(choice) => onChange({ ...choice, weight: weight ?? 1 })}
      />
      <Params {...{ source, index, onChange }} />
      <label class="share">
        Share
        <input
          type="text"
          inputMode="numeric"
          value={String(weight ?? "")}
          onChange={(event) =>
            onChange({ ...Object(source), weight: Number(event.currentTarget.value) })}
        />
      </label>
      {onRemove && (
        <button class="button quiet small" type="button" onClick={onRemove}>Remove</button>
      )}
    </div>
  );
}

/** The first that is not drawn from yet. */
function unused(choices: readonly SourceChoice[], data: readonly unknown[]): SourceChoice {
  const used = new Set(data.map(keyOf));
  return choices.find(({ key }) => !used.has(key)) ?? choices[0];
}

function SourceSelect({ choices, index, source, onChoose }: {
  choices: SourceChoice[];
  index: number;
  source: unknown;
  onChoose: (source: SourceChoice["source"]) => void;
}) {
  const key = keyOf(source);
  const known = choices.some((choice) => choice.key === key);
  return (
    <label class="wide">
      <span>Source {index + 1}</span>
      <select
        value={key}
        onChange={(event) => {
          const chosen = choices.find((choice) => choice.key === event.currentTarget.value);
          if (chosen) onChoose(chosen.source);
        }}
      >
        {!known && <option value={key}>{key}</option>}
        {GROUPS.map((group) => {
          const inGroup = choices.filter((choice) => choice.group === group);
          return inGroup.length > 0 && (
            <optgroup key={group} label={group}>
              {inGroup.map(({ key, name, byteLength }) => (
                <option key={key} value={key}>
                  {byteLength === null ? name : `${name}, ${formatBytes(byteLength)}`}
                </option>
              ))}
            </optgroup>
          );
        })}
      </select>
    </label>
  );
}

/** Numbers a task is made with. */
function Params({ source, index, onChange }: {
  source: unknown;
  index: number;
  onChange: (source: unknown) => void;
}) {
  const params: Record<string, number> = Object(source).params ?? {};
  return (
    <>
      {Object.entries(params).map(([name, value]) => (
        <label key={`${index}-${name}`} class="share">
          {name}
          <input
            type="text"
            inputMode="numeric"
            value={String(value)}
            onChange={(event) => {
              const number = Number(event.currentTarget.value);
              onChange({ ...Object(source), params: { ...params, [name]: number } });
            }}
          />
        </label>
      ))}
    </>
  );
}
