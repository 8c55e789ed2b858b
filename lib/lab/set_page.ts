// What the page of a set shows, in one call. Server only.

import type { Kysely } from "kysely";
import type { Database } from "../storage/schema.ts";
import { type DecisionRow, decisionsOfSet } from "../moderation/store.ts";
import { type CountedRater, countedRaters, hiddenRaters } from "./score_store.ts";
import { itemsOf, requireAnySet, requireSet } from "./set_store.ts";
import { promptSetName } from "./prompt_sets_store.ts";
import { requireRubric } from "./store.ts";
import type { LabItem, LabSet, Rater, Rubric } from "./types.ts";

export interface SetPage {
  set: LabSet;
  rubric: Rubric;
  /** Null where nobody keeps the prompts as a set, or a moderator has hidden it. */
  prompts: { id: string; name: string } | null;
  items: LabItem[];
  raters: CountedRater[];
}

/**
 * @param options `moderator`: sees what is hidden.
 * @throws {NotFoundError} when there is no such set. @throws {GoneError} when it is hidden.
 */
export async function loadSetPage(
  db: Kysely<Database>,
  id: string,
  { moderator = false }: { moderator?: boolean } = {},
): Promise<SetPage> {
  const set = await (moderator ? requireAnySet : requireSet)(db, id);
  const [rubric, prompts, items, raters] = await Promise.all([
    requireRubric(db, set.rubricId),
    set.promptSetId === null ? null : promptSetName(db, set.promptSetId),
    itemsOf(db, set.id),
    countedRaters(db, set.id),
  ]);
  return { set, rubric, prompts, items, raters };
}

/** What moderators decided on a set and its raters. */
export interface SetModeration {
  /** Newest first. */
  decisions: DecisionRow[];
  /** For moderators: what is hidden and what may be; null for readers. */
  forms: { hidden: boolean; shown: Rater[]; hiddenRaters: Rater[] } | null;
}

export async function setModeration(
  db: Kysely<Database>,
  { set, raters }: SetPage,
  { moderator }: { moderator: boolean },
): Promise<SetModeration> {
  const [decisions, hidden] = await Promise.all([
    decisionsOfSet(db, set.id),
    moderator ? hiddenRaters(db, set.id) : [],
  ]);
  const forms = { hidden: set.hidden, shown: raters, hiddenRaters: hidden };
  return { decisions, forms: moderator ? forms : null };
}
