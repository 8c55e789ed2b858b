// A rater's answers, taken in: checked against the set and its rubric, kept once. Server only.

import type { Kysely } from "kysely";
import { z } from "zod";
import { ValidationError } from "../errors.ts";
import type { Database } from "../storage/schema.ts";
import { parseDocument } from "../verification/schema.ts";
import { scoreEventSchema } from "./schema.ts";
import { addScores } from "./score_store.ts";
import { requireSet } from "./set_store.ts";
import { requireRubric } from "./store.ts";
import type { Rater } from "./types.ts";

export const MOST_EVENTS = 500;

export const eventsSchema = z.strictObject({
  /** Whose they are: a browser may hold what somebody else left there. */
  rater: z.string(),
  events: z.array(scoreEventSchema).max(MOST_EVENTS),
});

/**
 * @returns how many were new: an event with a key that is known already is not added again.
 * @throws {ValidationError} for what is no score of this set, before any is added.
 */
export async function takeScores(
  db: Kysely<Database>,
  setId: string,
  rater: Rater,
  document: unknown,
  at: Date,
): Promise<number> {
  const { rater: sender, events } = parseDocument(eventsSchema, document, "scores");
  if (sender !== rater.id) throw notTheirs(rater);
  const set = await requireSet(db, setId);
  const { levels, criteria } = await requireRubric(db, set.rubricId);
  const known = new Set(criteria.map(({ id }) => id));
  events.forEach(({ criterion, value, judgeShown }, index) => {
    if (!known.has(criterion)) {
      throw wrong(`events.${index}.criterion`, `one of ${[...known].join(", ")}`, criterion);
    }
    if (value !== null && !levels.includes(value)) {
      throw wrong(`events.${index}.value`, `one of ${levels.join(", ")}, or null`, String(value));
    }
    if (judgeShown) throw wrong(`events.${index}.judgeShown`, "a score given blind", "true");
  });
  await assertItems(db, setId, events.map(({ itemId }) => itemId));
  return await addScores(
    db,
    setId,
    events.map((event) => ({ ...event, raterId: rater.id, at })),
  );
}

async function assertItems(db: Kysely<Database>, setId: string, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const rows = await db.selectFrom("lab_item").select("id").where("set_id", "=", setId)
    .where("id", "in", [...new Set(ids)]).execute();
  const found = new Set(rows.map(({ id }) => id));
  const stranger = ids.findIndex((id) => !found.has(id));
  if (stranger >= 0) throw wrong(`events.${stranger}.itemId`, "an item of this set", ids[stranger]);
}

function notTheirs({ name }: Rater): ValidationError {
  return new ValidationError("These scores are of another rater", {
    path: "rater",
    expected: `the id of ${name}`,
    got: "another",
    fix: "Sign in as who gave them.",
  });
}

function wrong(path: string, expected: string, got: string): ValidationError {
  return new ValidationError(`Expected ${expected} at ${path}, got ${got.slice(0, 80)}`, {
    ...{ path, expected, got: got.slice(0, 80) },
    fix: "Load the page again: the set may have changed.",
  });
}
