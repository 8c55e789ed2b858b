// What the page of a set shows, in one call. Server only.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { type CountedRater, countedRaters } from "./score_store.ts";
import { itemsOf, requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import type { LabItem, LabSet, Rubric } from "./types.ts";

export interface SetPage {
  set: LabSet;
  rubric: Rubric;
  items: LabItem[];
  raters: CountedRater[];
}

/** @throws {NotFoundError} when there is no such set. */
export async function loadSetPage(db: Kysely<Database>, id: string): Promise<SetPage> {
  const set = await requireSet(db, id);
  const [rubric, items, raters] = await Promise.all([
    requireRubric(db, set.rubricId),
    itemsOf(db, set.id),
    countedRaters(db, set.id),
  ]);
  return { set, rubric, items, raters };
}
