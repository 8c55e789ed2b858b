// What a recipe's rows can be drawn from, as the page offers it, and the rows a source is judged by.

import { valueAt, withValueAt } from "./draft.ts";

/** A corpus or a generator to choose. */
export interface SourceChoice {
  /** Unique among corpora and generators. */
  key: string;
  name: string;
  /** Where it is listed. */
  group: "Corpora" | "Uploaded corpora" | "Tasks" | "Your texts";
  /** As the recipe names it, without the weight. */
  source:
    | { corpus: string; sha256: string }
    | { generator: string; version: number; params: Record<string, number> };
  /** Of a corpus. */
  byteLength: number | null;
}

export function keyOf(source: unknown): string {
  const { corpus, generator } = Object(source);
  return corpus === undefined ? `task ${generator}` : `corpus ${corpus}`;
}

/** Kept from training, to draw the dev curve. */
const DEV_BYTES = 16_384;
const DEV_ROWS = 64;

/** A dev set of the source: its last bytes, a tenth at most, or examples of the task. */
export function devOf(source: unknown, byteLength: number | null): unknown {
  const { weight: _, ...rest } = Object(source);
  if (!("corpus" in rest)) return { ...rest, rows: DEV_ROWS };
  const bytes = Math.min(DEV_BYTES, Math.floor((byteLength ?? Infinity) / 10));
  return { ...rest, bytes };
}

/** The draft with these sources; its dev set, where it has one, is of the first of them. */
export function withData(
  draft: unknown,
  data: readonly unknown[],
  choices: readonly SourceChoice[],
): unknown {
  const next = withValueAt(draft, "data", data);
  if (valueAt(draft, "earlyStop") === undefined || data.length === 0) return next;
  const first = choices.find(({ key }) => key === keyOf(data[0]));
  return withValueAt(next, "earlyStop.dev", devOf(data[0], first?.byteLength ?? null));
}
