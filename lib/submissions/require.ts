// Looks an entry up and refuses to go on without it.

import type { Kysely } from "kysely";
import { GoneError, NotFoundError } from "../errors.ts";
import { hiddenBy } from "../moderation/store.ts";
import { placeOf } from "../queue/place.ts";
import type { Entry } from "../storage/entry_schema.ts";
import { isId } from "../storage/ids.ts";
import type { Database } from "../storage/schema.ts";
import { spotCheckOf } from "../verification/spot_check_store.ts";
import { spotCheckView } from "../verification/spot_check_view.ts";
import { parentOf, versionsOf } from "./lineage_store.ts";
import { rankedScoresOf } from "./ranked_scores_store.ts";
import { type StatusContext, type StatusView, statusView } from "./status.ts";
import { getEntry, jobsOf } from "./store.ts";

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

/** As `requireEntry`, for what is gone with a withdrawal. @throws {GoneError} then too. */
export async function requireStanding(db: Kysely<Database>, id: string): Promise<Entry> {
  const entry = await requireEntry(db, id);
  if (entry.status !== "withdrawn") return entry;
  throw new GoneError("This model was withdrawn by its author", {
    fix: "What is kept of it stands on its page.",
  });
}

/** What people see of the entry at this moment. @throws {NotFoundError} when there is none. */
export async function requireStatus(db: Kysely<Database>, id: string): Promise<StatusView> {
  return await statusOf(db, await requireEntry(db, id));
}

export async function statusOf(db: Kysely<Database>, entry: Entry): Promise<StatusView> {
  const placed = (await jobsOf(db, entry.id)).map(async (job) => ({
    ...job,
    ...await placeOf(db, job),
  }));
  return statusView(entry, await Promise.all(placed), await contextOf(db, entry));
}

async function contextOf(db: Kysely<Database>, entry: Entry): Promise<StatusContext> {
  const digest = entry.status === "scored" ? entry.model_digest : null;
  const [forkOf, { versions, supersededBy }, scores, check] = await Promise.all([
    parentOf(db, entry),
    versionsOf(db, entry),
    rankedScoresOf(db, entry.id, digest),
    spotCheckOf(db, entry),
  ]);
  return {
    scores: scores.map(({ benchmark: { id, version, name, unit }, score, rank }) => ({
      ...{ id, version, name, unit, rank },
      score: score.score,
    })),
    forkOf,
    versions,
    supersededBy,
    spotCheck: check && spotCheckView(check, entry),
  };
}
