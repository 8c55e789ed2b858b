// A moderator's decision on the lab: what it hides or shows, its public record and its line of the
// ledger, together. Server only.

import type { Transaction } from "kysely";
import { z } from "zod";
import type { Account } from "../accounts/caller.ts";
import { NotFoundError, ValidationError } from "../errors.ts";
import type { Services } from "../services.ts";
import { storable } from "../storage/json.ts";
import type { Decision } from "../storage/moderation_schema.ts";
import type { Database } from "../storage/schema.ts";
import { visible } from "../submissions/text_fields.ts";
import { parseDocument } from "../verification/schema.ts";
import { LAB_ACTS, type LabAct, PROMPT_ACTS, type PromptAct, REASON_LENGTH } from "./acts.ts";
import { recorder } from "./decide.ts";

type Trx = Transaction<Database>;

const id = z.string().regex(/^[\w-]{1,64}$/, "an id");
/** As a form sends it. */
const orderSchema = z.object({
  act: z.enum(LAB_ACTS),
  rater: id.optional(),
  reason: visible(REASON_LENGTH),
});

/**
 * @param fields `act`, `reason`, and for scores `rater`.
 * @throws {NotFoundError} when there is no such set, or that rater gave no scores on it.
 * @throws {ValidationError} when a field is missing, or there is nothing for that act to change.
 */
export async function decideLab(
  { db, now }: Pick<Services, "db" | "now">,
  moderator: Account,
  setId: string,
  fields: Record<string, string>,
): Promise<Decision> {
  const { act, rater, reason } = parseDocument(orderSchema, fields, "decision");
  return await db.transaction().execute(async (trx) => {
    const set = await trx.selectFrom("lab_set").select(["id", "hidden"])
      .where("id", "=", storable(setId)).forUpdate().executeTakeFirst();
    if (!set) throw new NotFoundError(`There is no set ${setId.slice(0, 64)}`);
    const record = recorder(trx, moderator, reason, now());
    if (act === "hide-set" || act === "show-set") {
      const hidden = act === "hide-set";
      if (set.hidden === hidden) throw nothingToDo(act);
      await trx.updateTable("lab_set").set({ hidden }).where("id", "=", set.id).execute();
      return await record(act, { lab_set_id: set.id });
    }
    await changeScores(trx, act, set.id, rater ?? "");
    return await record(act, { lab_set_id: set.id, lab_rater_id: rater });
  });
}

const promptOrderSchema = z.object({
  act: z.enum(PROMPT_ACTS),
  reason: visible(REASON_LENGTH),
});

/**
 * What was generated over the prompts stays, and is hidden by itself.
 *
 * @param fields `act` and `reason`.
 * @throws {NotFoundError} when there are no such prompts.
 * @throws {ValidationError} when a field is missing, or there is nothing for that act to change.
 */
export async function decidePrompts(
  { db, now }: Pick<Services, "db" | "now">,
  moderator: Account,
  promptSetId: string,
  fields: Record<string, string>,
): Promise<Decision> {
  const { act, reason } = parseDocument(promptOrderSchema, fields, "decision");
  return await db.transaction().execute(async (trx) => {
    const prompts = await trx.selectFrom("lab_prompt_set").select(["id", "hidden"])
      .where("id", "=", storable(promptSetId)).forUpdate().executeTakeFirst();
    if (!prompts) throw new NotFoundError(`There is no prompt set ${promptSetId.slice(0, 64)}`);
    const hidden = act === "hide-prompts";
    if (prompts.hidden === hidden) throw nothingToDo(act);
    await trx.updateTable("lab_prompt_set").set({ hidden }).where("id", "=", prompts.id).execute();
    return await recorder(trx, moderator, reason, now())(act, { lab_prompt_set_id: prompts.id });
  });
}

async function changeScores(trx: Trx, act: LabAct, setId: string, raterId: string): Promise<void> {
  const scored = await trx.selectFrom("lab_score").select("seq").where("set_id", "=", setId)
    .where("rater_id", "=", raterId).limit(1).executeTakeFirst();
  if (!scored) throw new NotFoundError("This rater gave no scores on this set", { got: raterId });
  const changed = act === "hide-scores"
    ? await trx.insertInto("lab_hidden_rating").values({ set_id: setId, rater_id: raterId })
      .onConflict((conflict) => conflict.doNothing()).returning("rater_id").executeTakeFirst()
    : await trx.deleteFrom("lab_hidden_rating").where("set_id", "=", setId)
      .where("rater_id", "=", raterId).returning("rater_id").executeTakeFirst();
  if (!changed) throw nothingToDo(act);
}

function nothingToDo(act: LabAct | PromptAct): ValidationError {
  const isHiding = act.startsWith("hide");
  return new ValidationError(`There is nothing to ${isHiding ? "hide" : "show again"}`, {
    path: "act",
    expected: isHiding ? "what readers see" : "what is hidden",
    got: act,
    fix: "Load the page again: somebody may have decided meanwhile.",
  });
}
