// Tells whoever watches an entry that something about it changed. In this process only.

export interface EntryEvents {
  /** Calls `listener` after each change; returns how to stop. */
  subscribe(entryId: string, listener: () => void): () => void;
  publish(entryId: string): void;
}

/** Events carry no data: a watcher reads the present state, so a missed event costs nothing. */
export function createEvents(): EntryEvents {
  const target = new EventTarget();
  return {
    subscribe(entryId, listener) {
      const handler = () => listener();
      target.addEventListener(entryId, handler);
      return () => target.removeEventListener(entryId, handler);
    },
    publish(entryId) {
      target.dispatchEvent(new Event(entryId));
    },
  };
}
