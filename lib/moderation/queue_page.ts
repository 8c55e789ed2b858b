// What moderators see: the queue with what the machine found, and the same of one model. Server only.

import type { Kysely } from "kysely";
import type { Entry } from "../storage/entry_schema.ts";
import type { Flag } from "../storage/moderation_schema.ts";
import type { Database } from "../storage/schema.ts";
import { actsFor, type EntryAct } from "./acts.ts";
import { type Finding, findingsOf } from "./findings.ts";
import {
  type DecisionRow,
  decisionsOf,
  openFlags,
  queueCounts,
  type QueueFilter,
  queuePage,
} from "./store.ts";

export interface QueueItem {
  entry: Entry;
  /** That wait for a decision, newest first. */
  flags: Flag[];
  findings: Finding[];
  acts: EntryAct[];
}

export async function loadQueue(db: Kysely<Database>, filter: QueueFilter) {
  const { entries, total } = await queuePage(db, filter);
  const flags = await openFlags(db, entries.map(({ id }) => id));
  const items = await Promise.all(entries.map((entry) => item(db, entry, flags)));
  return { items, total, counts: await queueCounts(db) };
}

async function item(
  db: Kysely<Database>,
  entry: Entry,
  allFlags: readonly Flag[],
): Promise<QueueItem> {
  const flags = allFlags.filter(({ entry_id }) => entry_id === entry.id);
  return {
    entry,
    flags,
    findings: await findingsOf(db, entry),
    acts: actsFor({ ...entry, openFlags: flags.length }),
  };
}

export interface ModelModeration {
  decisions: DecisionRow[];
  /** For moderators only. */
  item: QueueItem | null;
}

/** Of one model: the decisions for everybody, the rest for moderators. */
export async function moderationOf(
  db: Kysely<Database>,
  entry: Entry,
  { moderator }: { moderator: boolean },
): Promise<ModelModeration> {
  const [decisions, found] = await Promise.all([
    decisionsOf(db, entry.id),
    moderator ? openFlags(db, [entry.id]).then((flags) => item(db, entry, flags)) : null,
  ]);
  return { decisions, item: found };
}
