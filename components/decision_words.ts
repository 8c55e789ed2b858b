// What decisions are called: done, and to be done.

import type { Act } from "../lib/moderation/acts.ts";

export const DONE: Record<Act, string> = {
  promote: "Promoted to the board",
  hide: "Hidden",
  unhide: "Shown again",
  feature: "Featured",
  unfeature: "No longer featured",
  dismiss: "Flags dismissed",
  ban: "Banned",
  unban: "Ban lifted",
  "hide-set": "Set hidden",
  "show-set": "Set shown again",
  "hide-scores": "Scores hidden",
  "show-scores": "Scores shown again",
  "hide-prompts": "Prompts hidden",
  "show-prompts": "Prompts shown again",
};

export const TO_DO: Record<Act, string> = {
  promote: "Promote to the board",
  hide: "Hide",
  unhide: "Show again",
  feature: "Feature",
  unfeature: "Feature no longer",
  dismiss: "Dismiss the flags",
  ban: "Ban",
  unban: "Lift the ban",
  "hide-set": "Hide the set",
  "show-set": "Show the set again",
  "hide-scores": "Hide these scores",
  "show-scores": "Show these scores again",
  "hide-prompts": "Hide these prompts",
  "show-prompts": "Show these prompts again",
};

/** Of a badge: what was taken away, what was given. */
export const TONE: Record<Act, string> = {
  promote: "good",
  hide: "bad",
  unhide: "good",
  feature: "good",
  unfeature: "quiet",
  dismiss: "quiet",
  ban: "bad",
  unban: "good",
  "hide-set": "bad",
  "show-set": "good",
  "hide-scores": "bad",
  "show-scores": "good",
  "hide-prompts": "bad",
  "show-prompts": "good",
};
