// Looks an entry up and refuses to go on without it.

import type { Kysely } from "kysely";
import { GoneError, NotFoundError } from "../errors.ts";
import { hiddenBy } from "../moderation/store.ts";
import { isId } from "../storage/ids.ts";
import type { Database, Entry } from "../storage/schema.ts";
import { type StatusView, statusView } from "./status.ts";
import { getEntry, jobsBefore, jobsOf } from "./store.ts";

/**
 * @throws {NotFoundError} when no entry has this id.
 * @throws {GoneError} with the public reason, when a moderator has hidden it.
 */
export async function requireEntry(db: Kysely<Database>, id: string): Promise<Entry> {
  const entry = await requireAnyEntry(db, id);
  if (entry.visibility !== "hidden") return entry;
  const decision = await hiddenBy(db, id);
  throw new GoneError("This model was hidden by a moderator", {
    got: decision?.reason,
    fix: `The decision is public: /moderation/decisions${decision ? `#${decision.id}` : ""}`,
  });
}

/** Hidden ones too, for moderators and for what is left of them. @throws {NotFoundError} */
export async function requireAnyEntry(db: Kysely<Database>, id: string): Promise<Entry> {
  const entry = isId(id) ? await getEntry(db, id) : null;
  if (entry) return entry;
  throw new NotFoundError("There is no model with this id", {
    got: id.slice(0, 40),
    fix: "Check the address, or find the model on a leaderboard.",
  });
}

/** What people see of the entry at this moment. @throws {NotFoundError} when there is none. */
export async function requireStatus(db: Kysely<Database>, id: string): Promise<StatusView> {
  const entry = await requireEntry(db, id);
  const placed = (await jobsOf(db, id)).map(async (job) => ({
    ...job,
    jobsAhead: job.state === "queued" ? await jobsBefore(db, job) : null,
  }));
  return statusView(entry, await Promise.all(placed));
}
