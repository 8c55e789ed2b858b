// What moderators can do, and to what. Knows no database and no HTTP.

import type { Visibility } from "../storage/entry_schema.ts";

/** To an entry. */
export const ENTRY_ACTS = [
  "promote",
  "hide",
  "unhide",
  "feature",
  "unfeature",
  "dismiss",
] as const;
/** To an account, or to everybody who submits under a name without one. */
export const SENDER_ACTS = ["ban", "unban"] as const;

/** To a set of the lab, or to what one rater gave on it. */
export const LAB_ACTS = ["hide-set", "show-set", "hide-scores", "show-scores"] as const;

/** To a set of prompts. */
export const PROMPT_ACTS = ["hide-prompts", "show-prompts"] as const;

export const ACTS = [...ENTRY_ACTS, ...SENDER_ACTS, ...LAB_ACTS, ...PROMPT_ACTS] as const;
export type EntryAct = typeof ENTRY_ACTS[number];
export type SenderAct = typeof SENDER_ACTS[number];
export type LabAct = typeof LAB_ACTS[number];
export type PromptAct = typeof PROMPT_ACTS[number];
export type Act = EntryAct | SenderAct | LabAct | PromptAct;

/** Most characters of a reason, of a decision or a flag. */
export const REASON_LENGTH = 500;

interface EntryState {
  visibility: Visibility;
  featured: boolean;
  openFlags: number;
}

/** What each act makes of an entry, and when there is something to make of it. */
const EFFECTS: Record<EntryAct, {
  when: (state: EntryState) => boolean;
  change: { visibility?: Visibility; featured?: boolean };
  /** Whether open flags are answered by it. */
  answersFlags: boolean;
}> = {
  promote: {
    when: ({ visibility }) => visibility === "held",
    change: { visibility: "public" },
    answersFlags: true,
  },
  hide: {
    when: ({ visibility }) => visibility !== "hidden",
    change: { visibility: "hidden", featured: false },
    answersFlags: true,
  },
  unhide: {
    when: ({ visibility }) => visibility === "hidden",
    change: { visibility: "public" },
    answersFlags: false,
  },
  feature: {
    when: ({ visibility, featured }) => visibility === "public" && !featured,
    change: { featured: true },
    answersFlags: false,
  },
  unfeature: {
    when: ({ featured }) => featured,
    change: { featured: false },
    answersFlags: false,
  },
  dismiss: {
    when: ({ openFlags }) => openFlags > 0,
    change: {},
    answersFlags: true,
  },
};

export function effectOf(act: EntryAct) {
  return EFFECTS[act];
}

/** The acts there is a reason for, as the entry is. */
export function actsFor(state: EntryState): EntryAct[] {
  return ENTRY_ACTS.filter((act) => EFFECTS[act].when(state));
}
