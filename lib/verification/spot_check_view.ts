// A spot check as pages, the API and the command line show it. JSON-safe; knows no SQL.

import type { Replay } from "../storage/replay_schema.ts";
import { stateBytes } from "./segments.ts";

/** A state that the author is asked for. */
export interface WantedState {
  leaf: number;
  step: number;
  delivered: boolean;
}

export interface SpotCheckView {
  /** "waiting" for its states, "running" on them. */
  state: "waiting" | "running" | "done" | "failed";
  /** 32 bytes, hexadecimal. */
  nonce: string;
  /** Of the whole run. */
  segments: number;
  /** Indexes of those that are replayed, from 0. */
  drawn: number[];
  /** Until when the states may come; null once all are here. */
  deadline: string | null;
  /** In the order of the run. */
  states: WantedState[];
  /** Most bytes of the file of one state. */
  stateBytes: number;
  /** Why it was given up, or null. */
  reason: string | null;
}

export function spotCheckView(
  { replay: { state, nonce, deadline, reason }, of, drawn, states }: {
    replay: Pick<Replay, "state" | "nonce" | "deadline" | "reason">;
    of: number;
    drawn: number[];
    states: WantedState[];
  },
  { parameters }: { parameters: number | null },
): SpotCheckView {
  return {
    state: state !== "open" ? state : deadline === null ? "running" : "waiting",
    ...{ nonce: nonce ?? "", segments: of, drawn, states, reason },
    deadline: state === "open" ? deadline?.toISOString() ?? null : null,
    stateBytes: stateBytes({ leafCount: of + 1, parameters: parameters ?? 0 }),
  };
}
