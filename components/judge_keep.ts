// A judge's answers in the browser until the server has them, and the visitor's own settings: the
// key among them, where they wish it.

import type { OutcomeKeep } from "../lib/lab/judge/session.ts";
import type { LabDatabase } from "./lab_database.ts";

/** Paid answers survive a reload. */
export function browserKeep(db: LabDatabase): OutcomeKeep {
  return {
    async add(runId, outcome) {
      await db.put("outcomes", { runId, outcome, key: outcome.key });
    },
    async waiting(runId) {
      return (await db.getAllFromIndex("outcomes", "runId", runId)).map(({ outcome }) => outcome);
    },
    async forget(_runId, keys) {
      const transaction = db.transaction("outcomes", "readwrite");
      for (const key of keys) void transaction.store.delete(key);
      await transaction.done;
    },
  };
}

const SETTINGS = "tinyproof-judge";
const KEY = "tinyproof-judge-key";

/** Fields of the form but the key, as last used; empty at first. */
export function storedSettings(): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(SETTINGS) ?? "{}");
  } catch {
    return {};
  }
}

export function storeSettings(fields: Record<string, string>): void {
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(fields));
  } catch {
    // A browser that keeps nothing asks again.
  }
}

/** The key, and whether it outlives the tab. */
export function storedKey(): { key: string; stays: boolean } {
  try {
    const stays = localStorage.getItem(KEY);
    return { key: stays ?? sessionStorage.getItem(KEY) ?? "", stays: stays !== null };
  } catch {
    return { key: "", stays: false };
  }
}

/** Until the tab is closed, or longer where the visitor asked for it; nowhere else. */
export function storeKey(key: string, stays: boolean): void {
  try {
    (stays ? sessionStorage : localStorage).removeItem(KEY);
    (stays ? localStorage : sessionStorage).setItem(KEY, key);
  } catch {
    // As above.
  }
}
