// What a browser keeps of the lab: answers on their way, a rater's or a judge's, remarks half typed,
// and enough of a set to go on without a connection.

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { OutcomeDraft } from "../lib/lab/judge/protocol.ts";
import type { ScoreEventDraft } from "../lib/lab/schema.ts";
import type { ScoringCell, ScoringView } from "../lib/lab/scoring/view.ts";

/** An answer, and where it belongs. */
export interface StoredEvent extends ScoreEventDraft {
  owner: string;
  /** Counts up: answers are sent in the order they were given. */
  order: number;
}

interface Tables extends DBSchema {
  /** What the server may not have yet. */
  events: { key: string; value: StoredEvent; indexes: { owner: string } };
  /** Answers that the server has and the kept view has not; null was taken back. */
  sent: {
    key: [string, string];
    value: Omit<ScoringCell, "value"> & { owner: string; cell: string; value: number | null };
  };
  /** Remarks on what has no score yet. */
  drafts: { key: [string, string]; value: { owner: string; cell: string; text: string } };
  /** By the address of the tasks, as last seen. */
  views: { key: string; value: ScoringView };
  /** What a judge said and the server does not have yet. */
  outcomes: {
    key: string;
    value: { key: string; runId: string; outcome: OutcomeDraft };
    indexes: { runId: string };
  };
}

export type LabDatabase = IDBPDatabase<Tables>;

export function openLabDatabase(): Promise<LabDatabase> {
  return openDB<Tables>("tinyproof-lab", 1, {
    upgrade(db) {
      db.createObjectStore("events", { keyPath: "key" }).createIndex("owner", "owner");
      db.createObjectStore("sent", { keyPath: ["owner", "cell"] });
      db.createObjectStore("drafts", { keyPath: ["owner", "cell"] });
      db.createObjectStore("views");
      db.createObjectStore("outcomes", { keyPath: "key" }).createIndex("runId", "runId");
    },
  });
}

/** A rater's part of a set. */
export function ownerOf({ set, rater }: ScoringView): string {
  return `${set.id}/${rater!.id}`;
}

/** All of an owner's rows of a store that is keyed by owner and cell. */
export function ownRows(owner: string): IDBKeyRange {
  return IDBKeyRange.bound([owner, ""], [owner, "\uffff"]);
}

/**
 * The set and the rater's scores: as the server has them, or without a connection as they were when
 * they were last seen, with what was sent since. Null for who has not begun to rate.
 */
export async function loadView(
  db: LabDatabase,
  address: string,
  signal: AbortSignal,
): Promise<ScoringView | null> {
  let response: Response;
  try {
    response = await fetch(address, { signal });
  } catch (error) {
    const view = signal.aborted ? undefined : await db.get("views", address);
    if (view === undefined) throw error;
    const sent = await db.getAll("sent", ownRows(ownerOf(view)));
    const isNewer = (cell: ScoringCell) =>
      sent.some(({ itemId, criterion, round }) =>
        itemId === cell.itemId && criterion === cell.criterion && round === cell.round
      );
    const added = sent.filter((cell): cell is typeof cell & ScoringCell => cell.value !== null);
    return { ...view, cells: [...view.cells.filter((cell) => !isNewer(cell)), ...added] };
  }
  if (!response.ok) return null;
  const view: ScoringView = await response.json();
  if (view.rater === null) return null;
  await db.put("views", view, address);
  await db.delete("sent", ownRows(ownerOf(view)));
  return view;
}
