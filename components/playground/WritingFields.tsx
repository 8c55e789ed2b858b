// The settings of a continuation as fields, and what they say.

import type { Preset } from "../../lib/submissions/shelf_store.ts";
import type { WritingMethod } from "../../workers/score_protocol.ts";

export type MethodName = "draw" | "greedy" | "beams";

interface NumberField {
  name: string;
  label: string;
  words: string;
  value: number;
  min: number;
  max: number;
  step?: number | "any";
  of: readonly MethodName[];
}

const FIELDS: readonly NumberField[] = [
  {
    ...{ name: "temperature", label: "Temperature", value: 0.8, min: 0, max: 2, step: 0.05 },
    words: "Near 0 it takes what is likeliest; the higher, the bolder.",
    of: ["draw"],
  },
  {
    ...{ name: "topK", label: "Top-k (0: all)", value: 0, min: 0, max: 1_000_000 },
    words: "Only so many of the likeliest tokens may come.",
    of: ["draw"],
  },
  {
    ...{ name: "topP", label: "Top-p (1: all)", value: 1, min: 0, max: 1, step: 0.01 },
    words: "Only the likeliest that have this probability together.",
    of: ["draw"],
  },
  {
    ...{ name: "seed", label: "Seed", value: 1, min: 0, max: Number.MAX_SAFE_INTEGER },
    words: "Another seed, another text.",
    of: ["draw"],
  },
  {
    ...{ name: "maxBytes", label: "Bytes", value: 300, min: 1, max: 2000 },
    words: "It stops after so many.",
    of: ["draw", "greedy"],
  },
  {
    ...{ name: "beams", label: "Beams", value: 5, min: 1, max: 64 },
    words: "Texts it keeps in mind at each step.",
    of: ["beams"],
  },
  {
    ...{ name: "maxTokens", label: "Tokens", value: 80, min: 1, max: 1000 },
    words: "The longest text it looks for.",
    of: ["beams"],
  },
];

const METHODS: Record<MethodName, string> = {
  draw: "Draw from what is likely",
  greedy: "Greedy: always the likeliest",
  beams: "Beams: search for a likely text",
};

/** Fields that the method does not use stay, and are hidden: their values come back with it. */
export function WritingFields({ method, first, onMethod }: {
  method: MethodName;
  /** What stands in the fields to begin with. */
  first: Preset | undefined;
  onMethod: (method: MethodName) => void;
}) {
  return (
    <>
      <PromptField first={first} />
      <div class="field">
        <label for="try-method">How</label>
        <select
          id="try-method"
          name="method"
          value={method}
          onChange={(event) => onMethod(event.currentTarget.value as MethodName)}
        >
          {Object.entries(METHODS).map(([value, label]) => (
            <option key={value} value={value}>{label}</option>
          ))}
        </select>
      </div>
      <div class="controls">
        {FIELDS.map((field) => (
          <Setting
            key={field.name}
            field={field}
            value={field.name === "maxBytes" && first ? first.bytes : field.value}
            hidden={!field.of.includes(method)}
          />
        ))}
      </div>
    </>
  );
}

function PromptField({ first }: { first: Preset | undefined }) {
  return (
    <div class="field">
      <label for="try-prompt">Prompt</label>
      <textarea
        id="try-prompt"
        name="prompt"
        rows={3}
        defaultValue={first?.prompt ?? "Once upon a time"}
        required
      />
    </div>
  );
}

function Setting({ field, value, hidden }: { field: NumberField; value: number; hidden: boolean }) {
  const { name, label, words, min, max, step } = field;
  const id = `try-${name}`;
  return (
    <div class="field" hidden={hidden}>
      <label for={id}>{label}</label>
      <input
        {...{ id, name, min, max, step }}
        type="number"
        defaultValue={value}
        aria-describedby={`${id}-hint`}
      />
      <p class="hint" id={`${id}-hint`}>{words}</p>
    </div>
  );
}

export function readWriting(form: HTMLFormElement): { prompt: string; method: WritingMethod } {
  const data = new FormData(form);
  const number = (name: string) => Number(data.get(name));
  const prompt = String(data.get("prompt"));
  const method = data.get("method") as MethodName;
  if (method === "beams") {
    const [beams, maxTokens] = [number("beams"), number("maxTokens")];
    return { prompt, method: { name: "beams", beams, maxTokens } };
  }
  const drawn = { maxBytes: number("maxBytes"), temperature: 0, topK: 0, topP: 1, seed: 0 };
  if (method === "greedy") return { prompt, method: { name: "draw", ...drawn } };
  const [temperature, topK, topP, seed] = ["temperature", "topK", "topP", "seed"].map(number);
  return { prompt, method: { name: "draw", ...drawn, temperature, topK, topP, seed } };
}

/** Writes a preset into the fields; the method is for the caller to set. */
export function writePreset(form: HTMLFormElement, { prompt, bytes }: Preset): void {
  const field = (name: string) => form.elements.namedItem(name) as HTMLInputElement;
  field("prompt").value = prompt;
  field("maxBytes").value = String(bytes);
}
