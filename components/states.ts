// What each state of proof is called, means and looks like. Used by badges, legends and the audit.

import type { Entry, EntryStatus, ProvenanceState } from "../lib/storage/entry_schema.ts";

export type Tone = "good" | "bad" | "warn" | "info" | "quiet";

export interface StateWord {
  word: string;
  tone: Tone;
  /** Path in a 16 × 16 box, stroked: every state has a shape of its own. */
  icon: string;
  meaning: string;
}

const CHECK = "M3 8.5l3.2 3.3L13 4.7";
const NOT_EQUAL = "M3 6h10M3 10h10M11 3L5 13";
const CLOCK = "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 5v3.3l2.1 1.4";
const HALF = "M8 2.2a5.8 5.8 0 1 0 0 11.6M8 2.2v11.6M11 4h2M12 8h2M11 12h2";
const FORK = "M8 14V9L3.5 3.5M8 9l4.5-5.5";
const MISSING = "M3 8h2.5M7 8h2.5M11 8h2.5";
const OUTSIDE = "M6 3H3v10h10v-3M9 3h4v4M13 3L7.5 8.5";
const STOP = "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M4.2 4.2l7.6 7.6";

export const STATES: Record<ProvenanceState | "error", StateWord> = {
  exact: {
    word: "exact",
    tone: "good",
    icon: CHECK,
    meaning:
      "We trained the recipe again from its seed. Every checkpoint, every weight and every score came out with the same bits. ×2 means two independent runtimes agree.",
  },
  pending: {
    word: "pending",
    tone: "warn",
    icon: CLOCK,
    meaning: "Scored by us and ranked; its training has not been replayed yet.",
  },
  sampled: {
    word: "sampled",
    tone: "info",
    icon: HALF,
    meaning:
      "The run is over our budget. Some segments of it, drawn by lot after it was submitted, were replayed and match; the rest is not proven.",
  },
  mismatch: {
    word: "mismatch",
    tone: "bad",
    icon: NOT_EQUAL,
    meaning:
      "The replay agrees with itself but not with the file. The entry is out of the ranking; its page and report stay.",
  },
  "engine-divergent": {
    word: "engine divergent",
    tone: "warn",
    icon: FORK,
    meaning: "Our own verifiers disagree with each other: our bug, the entry keeps its rank.",
  },
  "not-reproducible": {
    word: "not reproducible",
    tone: "quiet",
    icon: MISSING,
    meaning:
      "A recipe is there, but an engine or corpus it names is not, or the replay is over the budget.",
  },
  external: {
    word: "external",
    tone: "info",
    icon: OUTSIDE,
    meaning:
      "No recipe to replay. The score is ours and exact; where the weights come from is not proven.",
  },
  rejected: {
    word: "rejected",
    tone: "bad",
    icon: STOP,
    meaning: "Refused by a published rule; the report says which.",
  },
  error: {
    word: "error",
    tone: "quiet",
    icon: STOP,
    meaning: "A fault on our side. It says nothing about the entry and is tried again.",
  },
};

const QUESTION = "M5.4 6a2.6 2.6 0 1 1 3.7 2.4c-.8.4-1.1.9-1.1 1.7M8 12.6v.8";

/** What probes, sealed twins and replays of a part found of a model. */
const FINDINGS: Record<string, StateWord> = {
  passed: { word: "passed", tone: "good", icon: CHECK, meaning: "" },
  "part-equal": { word: "part equal", tone: "info", icon: HALF, meaning: "" },
  failed: { word: "failed", tone: "bad", icon: STOP, meaning: "" },
  memorised: { word: "memorised trials", tone: "bad", icon: STOP, meaning: "" },
  "perhaps-memorised": { word: "memorised trials?", tone: "warn", icon: QUESTION, meaning: "" },
};

/** What an entry is before it has scores, or when it gets none: nothing of its proof can be said. */
const STAGES: Record<Exclude<EntryStatus, "scored">, StateWord> = {
  received: { word: "not scored yet", tone: "quiet", icon: CLOCK, meaning: "" },
  checking: { word: "not scored yet", tone: "quiet", icon: CLOCK, meaning: "" },
  scoring: { word: "not scored yet", tone: "quiet", icon: CLOCK, meaning: "" },
  failed: { word: "not accepted", tone: "bad", icon: STOP, meaning: "" },
  withdrawn: { word: "withdrawn", tone: "quiet", icon: MISSING, meaning: "" },
};

/** What a badge of an entry says: of its proof, once it is scored. */
export function entryWord({ status, provenance }: Pick<Entry, "status" | "provenance">): StateWord {
  return status === "scored" ? STATES[provenance] : STAGES[status];
}

/** The word and look of `state`; one that is not known shows as itself. */
export function stateWord(state: string): StateWord {
  return ({ ...STATES, ...FINDINGS } as Record<string, StateWord>)[state] ??
    { word: state, tone: "quiet", icon: MISSING, meaning: "" };
}
