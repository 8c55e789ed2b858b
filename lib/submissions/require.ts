// Looks an entry up and refuses to go on without it.

import type { Kysely } from "kysely";
import { NotFoundError } from "../errors.ts";
import { isId } from "../storage/ids.ts";
import type { Database, Entry } from "../storage/schema.ts";
import { getEntry } from "./store.ts";

/** @throws {NotFoundError} when no entry has this id. */
export async function requireEntry(db: Kysely<Database>, id: string): Promise<Entry> {
  const entry = isId(id) ? await getEntry(db, id) : null;
  if (entry) return entry;
  throw new NotFoundError("There is no model with this id", {
    got: id.slice(0, 40),
    fix: "Check the address, or find the model on a leaderboard.",
  });
}
