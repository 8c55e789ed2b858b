// Tells whoever watches an entry that something about it changed, on every server.

import type { OpenDatabase } from "../storage/database.ts";
import { notify } from "../storage/notices.ts";

export interface EntryEvents {
  /** Calls `listener` after each change; returns how to stop. */
  subscribe(entryId: string, listener: () => void): () => void;
  publish(entryId: string): void;
  /** Waits until other servers have been told what was published. */
  close(): Promise<void>;
}

/**
 * Events carry no data: a watcher reads the present state, so a missed event costs nothing. Who
 * watches here is told at once; an embedded database has no other servers.
 */
export function createEvents(
  { backend, db, notices }: Pick<OpenDatabase, "backend" | "db" | "notices">,
): EntryEvents {
  const watchers = new Map<string, Set<() => void>>();
  const self = crypto.randomUUID();
  const sending = new Set<Promise<void>>();
  const tell = (entryId: string) => {
    for (const listener of [...watchers.get(entryId) ?? []]) listener();
  };
  const stop = notices.on("tinyproof_entries", (payload) => {
    // What was missed may have been about anybody.
    if (payload === null) return [...watchers.keys()].forEach(tell);
    const [sender, entryId] = payload.split(" ", 2);
    if (sender !== self) tell(entryId);
  });

  return {
    subscribe(entryId, listener) {
      const own = () => listener();
      const listeners = watchers.get(entryId) ?? new Set();
      watchers.set(entryId, listeners.add(own));
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && watchers.get(entryId) === listeners) watchers.delete(entryId);
      };
    },
    publish(entryId) {
      tell(entryId);
      if (backend === "pglite") return;
      const message = notify(db, "tinyproof_entries", `${self} ${entryId}`)
        .catch(() => {})
        .finally(() => sending.delete(message));
      sending.add(message);
    },
    async close() {
      stop();
      await Promise.all(sending);
    },
  };
}
